import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Limit, sentenceOf } from '../../components/limits/limits';
import { LimitTable } from '../../components/limits/LimitTable';
import { Panel, Sentence } from '../../components/Panel';
import { Empty, Failure, Loading } from '../../components/states';
import { answer } from '../../lib/api/client';
import { useSession } from '../../lib/session';
import { useNow } from '../../lib/useNow';
import { CostByDay } from './CostByDay';
import { KeysByCost } from './KeysByCost';

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
