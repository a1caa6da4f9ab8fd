import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LimitBar } from '../../components/LimitBar';
import { Panel, Sentence } from '../../components/Panel';
import { Empty, Failure, Loading } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { answer } from '../../lib/api/client';
import { useSession } from '../../lib/session';
import { useNow } from '../../lib/useNow';
import { CostByDay } from './CostByDay';
import { KeysByCost } from './KeysByCost';
import { amount, binding, fullness, kindOf, type Limit, nextToBind, resets, sentenceOf } from './limits';

/** Which limit binds next, and what drives the cost. */
export function LimitsTab({ tenantId, name }: { tenantId: string; name: string }) {
  const { within } = useSession();
  const limits = useQuery({
    queryKey: ['limits', tenantId],
    queryFn: () => answer<{ at: string; time_zone: string; data: Limit[] }>(within(tenantId).GET('/v1/organization/limits')),
    refetchInterval: 5000,
  });
  const now = useNow(5000);
  const all = limits.data?.data ?? [];
  const { say, more } = sentenceOf(all, now);
  return (
    <>
      {limits.data && (
        <Sentence
          more={more}
          right={
            <Link className="link" to="/requests" search={{ tenant: name }}>
              Which requests use them
            </Link>
          }
        >
          {say}
        </Sentence>
      )}
      <Panel
        title="Limits"
        note="the first one reached answers 429"
        right={
          <span className="small secondary row wide-only">
            <span>
              <span className="swatch" data-colour="seq-5" />
              used
            </span>
            <span>hatched: held by running requests</span>
            <span>tick: expected at reset</span>
          </span>
        }
      >
        {limits.isError ? (
          <Failure what="Limits could not be read." error={limits.error} onRetry={() => void limits.refetch()} />
        ) : limits.data === undefined ? (
          <Loading />
        ) : all.length === 0 ? (
          <Empty title="No limits are set.">A limit on the tenant, or on its plan, shows here with what is used of it.</Empty>
        ) : (
          <LimitTable limits={all} now={now} />
        )}
      </Panel>
      <div className="columns">
        <CostByDay tenantId={tenantId} zone={limits.data?.time_zone} />
        <KeysByCost tenantId={tenantId} />
      </div>
    </>
  );
}

function LimitTable({ limits, now }: { limits: Limit[]; now: Date }) {
  const next = nextToBind(limits);
  const near = next !== undefined && (fullness(next) >= 0.75 || next.reached_at !== null);
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Limits">
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
              <tr key={`${limit.kind} ${limit.model}`} data-marked={binds || undefined}>
                <td>
                  <span className="medium">{kindOf(limit.kind).label}</span>
                  {limit.model !== '' && <span className="quiet"> of {limit.model}</span>}{' '}
                  {binds && <StatusTag status="warn">{fullness(limit) >= 1 ? 'binds' : 'next'}</StatusTag>}
                </td>
                <td className="secondary wide-only">{limit.set_by}</td>
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
