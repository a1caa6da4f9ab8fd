import { Link } from '@tanstack/react-router';
import { Panel } from '../../components/Panel';
import { Empty } from '../../components/states';
import { duration, full, percent } from '../../lib/format';
import type { Sample } from './live';

const SHOWN = 6;

const WHY: Record<string, string> = {
  place: 'batch is full',
  cache: 'KV memory',
  step: 'its turn',
  tier: 'higher tiers first',
};

/** Whose requests wait for their first token, and who was refused. */
export function WaitingTable({ sample }: { sample: Sample }) {
  const held = sample.tenants
    .filter((t) => t.waiting > 0 || t.refused5_min > 0)
    .sort((a, b) => b.waiting - a.waiting || b.refused5_min - a.refused5_min);
  return (
    <Panel
      title="Who waits now"
      note={`${held.length} of ${sample.tenants.length} active tenants; refusals of the last 5 min`}
      right={
        <Link className="link small" to="/requests" search={{ tab: 'live' }}>
          Waiting requests
        </Link>
      }
    >
      {held.length === 0 ? (
        <Empty title="No one waits, and no request was refused in 5 min." />
      ) : (
        <table>
          <caption className="sr">Tenants that wait or were refused</caption>
          <thead>
            <tr>
              <th scope="col">Tenant</th>
              <th scope="col" className="number">
                Waiting
              </th>
              <th scope="col" className="number">
                Longest
              </th>
              <th scope="col" className="wide-only">
                Why
              </th>
              <th scope="col" className="number wide-only">
                Of fair share
              </th>
              <th scope="col" className="number">
                Running
              </th>
              <th scope="col" className="number">
                Refused
              </th>
            </tr>
          </thead>
          <tbody>
            {held.slice(0, SHOWN).map((tenant) => (
              <tr key={tenant.id}>
                <td>
                  <Link className="cell-name" to={`/tenants/${tenant.id}`}>
                    {tenant.name}
                  </Link>
                </td>
                <td className="number">{zero(tenant.waiting)}</td>
                <td className="number">{tenant.longest_wait_millis === null ? <span className="quiet">-</span> : duration(tenant.longest_wait_millis)}</td>
                <td className="secondary wide-only">{tenant.waits_for === null ? '-' : (WHY[tenant.waits_for] ?? tenant.waits_for)}</td>
                <td className="number wide-only" title={`${tenant.share.toFixed(2)} of ${tenant.fair_share.toFixed(2)} engines`}>
                  {tenant.fair_share > 0 ? percent(tenant.share / tenant.fair_share) : <span className="quiet">-</span>}
                </td>
                <td className="number">{zero(tenant.running)}</td>
                <td className="number">{zero(tenant.refused5_min)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function zero(value: number) {
  return value === 0 ? <span className="quiet">0</span> : full(value);
}
