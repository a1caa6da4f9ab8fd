import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo, useState } from 'react';
import { TimeChart } from '../../components/charts/TimeChart';
import { Panel } from '../../components/Panel';
import { Empty } from '../../components/states';
import { count, percent } from '../../lib/format';
import type { Point, Sample } from './live';
import { Colours, sharesOf, stackOf } from './shares';

/** Devices that each tenant keeps busy; the upper edge is the utilisation. */
export function TenantShares({ sample, points, minutes, picker }: { sample: Sample; points: Point[]; minutes: number; picker: ReactNode }) {
  const [colours] = useState(() => new Colours());
  const bands = useMemo(() => colours.assign(points), [colours, points]);
  const chart = useMemo(() => stackOf(points, bands), [points, bands]);
  const shares = sharesOf(sample, bands);
  const busy = sample.tenants.reduce((sum, t) => sum + t.share, 0);
  return (
    <Panel
      title="Who uses the machine"
      note={`by tenant; ${busy.toFixed(2)} of ${Math.max(1, sample.models.length)} engines busy now`}
      right={picker}
    >
      {chart.series.length === 0 ? (
        <Empty title={`No requests in the last ${minutes} min.`}>
          Try one in the <Link className="link" to="/playground">Playground</Link>, or create a <Link className="link" to="/keys">key</Link>.
        </Empty>
      ) : (
        <div className="use">
          <div className="chart-space">
            <TimeChart
              kind="stack"
              height={250}
              times={chart.times}
              series={chart.series}
              least={0.2}
              format={(v) => v.toFixed(1)}
              label={`Engines busy by tenant, last ${minutes} min: ${busy.toFixed(2)} now. The table beside has the figures.`}
            />
          </div>
          <table>
            <caption className="sr">Tenants by share of computing, now</caption>
            <thead>
              <tr>
                <th scope="col">Tenant</th>
                <th scope="col" className="number">
                  Share
                </th>
                <th scope="col" className="number">
                  Tokens/s
                </th>
              </tr>
            </thead>
            <tbody>
              {shares.map((share) => (
                <tr key={share.id}>
                  <td>
                    <span className="swatch" data-colour={share.colour} />
                    {share.id === 'others' ? (
                      share.name
                    ) : (
                      <Link className="cell-name" to={`/tenants/${share.id}`}>
                        {share.name}
                      </Link>
                    )}
                  </td>
                  <td className="number medium">{busy === 0 ? '-' : percent(share.share / busy)}</td>
                  <td className="number secondary">{count(Math.round(share.tokensPerSecond))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
