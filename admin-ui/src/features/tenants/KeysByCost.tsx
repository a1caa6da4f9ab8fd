import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Panel } from '../../components/Panel';
import { Empty, Failure, Loading } from '../../components/states';
import { Ago } from '../../components/Time';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { anyMoney } from '../../lib/format';
import { useSession } from '../../lib/session';

type Key = Data<'KeyListStoreListed', 'last_used_at'>;

/** Which keys cost most this month. */
export function KeysByCost({ tenantId }: { tenantId: string }) {
  const { within } = useSession();
  const keys = useQuery({
    queryKey: ['keys-by-cost', tenantId],
    queryFn: () => answer<{ data: Key[]; total: number }>(within(tenantId).GET('/v1/organization/api_keys', { params: { query: { limit: 100 } } })),
  });
  const most = [...(keys.data?.data ?? [])].sort((a, b) => b.cost_micros - a.cost_micros).slice(0, 6);
  return (
    <Panel
      title="Keys by cost"
      note="this month"
      right={
        <Link className="link small" to="/keys" search={{ tenant: most[0]?.tenant }}>
          {keys.data?.total === 1 ? 'The key' : `All ${keys.data?.total ?? ''} keys`}
        </Link>
      }
    >
      {keys.isError ? (
        <Failure what="Keys could not be read." error={keys.error} onRetry={() => void keys.refetch()} />
      ) : keys.data === undefined ? (
        <Loading />
      ) : most.length === 0 ? (
        <Empty title="No keys yet.">A key lets an application call this tenant's models.</Empty>
      ) : (
        <table>
          <caption className="sr">Keys by cost of this month</caption>
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Project</th>
              <th scope="col" className="number">
                Cost
              </th>
              <th scope="col">Last used</th>
            </tr>
          </thead>
          <tbody>
            {most.map((key) => (
              <tr key={key.id}>
                <td>
                  {key.name} <span className="mono quiet">{key.redacted}</span>
                </td>
                <td className="secondary">{key.project}</td>
                <td className="number medium">{anyMoney(key.cost_micros)}</td>
                <td>
                  <Ago at={key.last_used_at} never="never" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
