import { useMemo } from 'react';
import { TimeChart } from '../../components/charts/TimeChart';
import { Panel } from '../../components/Panel';
import { duration, full } from '../../lib/format';
import type { Point, Sample, Tier } from './live';

const INK: Record<string, string> = { priority: 'text', default: 'accent', flex: 'ph-queued', batch: 'cat-2' };
const FEW = 20;

/** Running, waiting, first token and time between tokens by tier, against what the tier promises. */
export function TierTable({ sample, points, minutes }: { sample: Sample; points: Point[]; minutes: number }) {
  const series = useMemo(
    () =>
      sample.tiers
        .filter((tier) => points.some((p) => typeof p.tiers.find((t) => t.tier === tier.tier)?.first_p99_millis === 'number'))
        .map((tier) => ({
          name: tier.tier,
          colour: INK[tier.tier] ?? 'text',
          values: points.map((p) => p.tiers.find((t) => t.tier === tier.tier)?.first_p99_millis ?? null),
        })),
    // tiers are always the same four
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [points],
  );
  return (
    <Panel title="Who waits, by tier" note="of the last 5 min">
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Tiers">
        <table className="tight">
          <caption className="sr">Latency by tier</caption>
          <thead>
            <tr>
              <th scope="col">Tier</th>
              <th scope="col" className="number">
                Run
              </th>
              <th scope="col" className="number">
                Wait
              </th>
              <th scope="col" className="number">
                First p50
              </th>
              <th scope="col" className="number">
                p99
              </th>
              <th scope="col" className="number">
                Between p50
              </th>
              <th scope="col" className="number">
                p99
              </th>
            </tr>
          </thead>
          <tbody>
            {sample.tiers.map((tier) => (
              <tr key={tier.tier}>
                <td>
                  {series.some((s) => s.name === tier.tier) && <span className="swatch" data-tier={tier.tier} />}
                  {tier.tier}
                </td>
                <td className="number">{zero(tier.running)}</td>
                <td className="number">{zero(tier.waiting)}</td>
                <td className="number">{time(tier.first_p50_millis)}</td>
                <td className={late(tier) ? 'number medium warn-ink' : 'number medium'} title={p99Title(tier)}>
                  {tier.first_tokens > 0 && tier.first_tokens < FEW ? <>max {time(tier.first_most_millis)}</> : time(tier.first_p99_millis)}
                </td>
                <td className="number">{time(tier.between_p50_millis)}</td>
                <td className="number medium">{time(tier.between_p99_millis)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {series.length > 0 && (
        <div className="chart-space panel-line">
          <TimeChart
            kind="lines"
            log
            height={120}
            times={points.map((p) => Math.round(Date.parse(p.at) / 1000))}
            series={series}
            format={duration}
            label={`First token p99 by tier, last ${minutes} min, logarithmic`}
          />
        </div>
      )}
    </Panel>
  );
}

function late(tier: Tier): boolean {
  return tier.first_target_millis !== null && tier.first_p99_millis !== null && tier.first_p99_millis > 0.9 * tier.first_target_millis;
}

function p99Title(tier: Tier): string {
  const of = `of ${full(tier.first_tokens)} requests`;
  return tier.first_target_millis === null ? `${of}; no target` : `${of}; target ${duration(tier.first_target_millis)}`;
}

function time(value: number | null) {
  return value === null ? <span className="quiet">-</span> : duration(value);
}

function zero(value: number) {
  return value === 0 ? <span className="quiet">0</span> : full(value);
}
