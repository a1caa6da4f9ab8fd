import { Tiles } from '../../components/Tiles';
import { anyMoney, count, duration, full, percent, rate } from '../../lib/format';
import type { Point, Sample, Tier } from './live';

const SHOWN = 72;

/** Output, requests, first token, waiting, failed, charged. */
export function FigureTiles({ sample, points, stale }: { sample: Sample; points: Point[]; stale: boolean }) {
  const recent = points.slice(-SHOWN);
  const tier = [...sample.tiers].sort((a, b) => b.first_tokens - a.first_tokens || Number(b.tier === 'default') - Number(a.tier === 'default'))[0];
  const p99 = tier?.first_p99_millis ?? null;
  const target = tier?.first_target_millis ?? null;
  const first = p99 === null ? undefined : duration(p99);
  const ended = sample.ended5_min;
  return (
    <Tiles
      label="Key figures"
      stale={stale}
      tiles={[
        {
          label: 'Output',
          figure: count(Math.round(sample.output_tokens_per_second)),
          unit: 'tokens/s',
          context: `${count(Math.round(sample.prompt_tokens_per_second))} prompt tokens/s`,
          spark: recent.map((p) => p.output_tokens_per_second),
        },
        {
          label: 'Requests',
          figure: rate(sample.requests_per_second),
          unit: '/s',
          context: `${full(sample.running)} running now`,
          spark: recent.map((p) => p.requests_per_second),
        },
        {
          label: `First token p99, ${tier?.tier ?? 'default'}`,
          figure: first?.split(' ')[0],
          unit: first?.split(' ').slice(1).join(' ') ?? '',
          context: firstContext(tier),
          hot: p99 !== null && target !== null && p99 > 0.9 * target,
          spark: recent.flatMap((p) => {
            const value = p.tiers.find((t) => t.tier === tier?.tier)?.first_p99_millis;
            return typeof value === 'number' ? [value] : [];
          }),
        },
        {
          label: 'Waiting',
          figure: full(sample.waiting),
          unit: sample.waiting === 1 ? 'request' : 'requests',
          context: sample.longest_wait_millis === null ? 'no one waits' : `longest ${duration(sample.longest_wait_millis)}`,
          spark: recent.map((p) => p.waiting),
        },
        {
          label: 'Failed, 5 min',
          figure: ended === 0 ? '0' : ((100 * sample.failed5_min) / ended).toFixed(sample.failed5_min === 0 ? 0 : 2),
          unit: '%',
          context: `${full(sample.failed5_min)} of ${full(ended)}; ${full(sample.refused5_min)} refused`,
        },
        {
          label: 'Charged today',
          figure: sample.charged_today_micros === null ? undefined : anyMoney(sample.charged_today_micros),
          context: 'since 00:00 UTC',
        },
      ]}
    />
  );
}

/** Against its target; of how many, where those are too few for a percentile to be trusted. */
function firstContext(tier: Tier | undefined): string {
  if (!tier || tier.first_p99_millis === null) return 'none in 5 min';
  const few = tier.first_tokens < 100 ? `of ${full(tier.first_tokens)} requests` : undefined;
  if (tier.first_target_millis === null) return few ?? 'no target on this device';
  return `${percent(tier.first_p99_millis / tier.first_target_millis)} of ${duration(tier.first_target_millis)}${few ? `, ${few}` : ' target'}`;
}
