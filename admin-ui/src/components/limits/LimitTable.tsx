import { LimitBar } from '../LimitBar';
import { StatusTag } from '../StatusTag';
import { amount, binding, fullness, kindOf, type Limit, nextToBind, resets } from './limits';

/** Limits with what is used and held of each; the next to bind is marked. */
export function LimitTable({ limits, now }: { limits: Limit[]; now: Date }) {
  const next = nextToBind(limits);
  const near = next !== undefined && (fullness(next) >= 0.75 || next.reached_at !== null);
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Table of limits">
      <table>
        <caption className="sr">Limits and what is used of them</caption>
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col" className="wide-only">
              Set by
            </th>
            <th scope="col" className="number">
              Used
            </th>
            <th scope="col">
              <span className="sr">How full</span>
            </th>
            <th scope="col" className="number">
              Limit
            </th>
            <th scope="col" className="wide-only">
              Resets
            </th>
            <th scope="col" className="wide-only">
              When it binds
            </th>
          </tr>
        </thead>
        <tbody>
          {limits.map((limit) => {
            const binds = near && limit === next;
            return (
              <tr key={`${limit.scope} ${limit.kind} ${limit.model}`} data-marked={binds || undefined}>
                <td>
                  <span className="medium">{kindOf(limit.kind).label}</span>
                  {limit.scope !== 'organization' && <span className="quiet"> of the {limit.scope}</span>}
                  {limit.model !== '' && <span className="quiet"> for {limit.model}</span>}{' '}
                  {binds && <StatusTag status="warn">{fullness(limit) >= 1 ? 'binds' : 'next'}</StatusTag>}
                </td>
                <td className="secondary wide-only">{limit.set_by === 'organization' ? 'tenant' : limit.set_by}</td>
                <td className="number">{limit.window === 'request' ? '-' : amount(limit.kind, limit.used)}</td>
                <td>
                  {limit.window !== 'request' && (
                    <LimitBar
                      used={Math.max(0, limit.used)}
                      held={limit.held}
                      limit={limit.value}
                      expected={limit.expected}
                      binds={binds}
                      label={`${amount(limit.kind, limit.used)} used and ${amount(limit.kind, limit.held)} held of ${amount(limit.kind, limit.value)}`}
                    />
                  )}
                </td>
                <td className="number">{amount(limit.kind, limit.value)}</td>
                <td className="secondary wide-only">{resets(limit, now)}</td>
                <td className={binds ? 'warn-ink medium wide-only' : 'secondary wide-only'}>{binding(limit, now)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
