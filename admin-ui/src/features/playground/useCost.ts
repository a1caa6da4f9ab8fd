import { useQuery } from '@tanstack/react-query';
import { answer } from '../../lib/api/client';
import { useSession } from '../../lib/session';

const TRIES = 10;
const PAUSE_MS = 300;

/** What an answer was charged, from the books, in micro-units; undefined until it is booked or when it is not ours to see. */
export function useCost(requestId: string | null, ended: boolean): number | undefined {
  const { api, scope } = useSession();
  const params = { path: { requestId: requestId ?? '' } };
  const found = useQuery({
    queryKey: ['answer-cost', scope.kind, requestId],
    queryFn: () =>
      answer<{ booked: { cost_micros: number } | null }>(
        scope.kind === 'all' ? api.GET('/admin/requests/{requestId}', { params }) : api.GET('/v1/organization/requests/{requestId}', { params }),
      ),
    enabled: ended && requestId !== null,
    staleTime: Infinity,
    retry: TRIES,
    retryDelay: PAUSE_MS,
    refetchInterval: (query) => (query.state.data?.booked === null && query.state.dataUpdateCount < TRIES ? PAUSE_MS : false),
  });
  return found.data?.booked?.cost_micros;
}
