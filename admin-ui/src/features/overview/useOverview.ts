import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { HttpError } from '../../lib/http';
import { KEY_REFUSED, readOverview } from './overview';
import { readReadiness } from './readiness';

const EVERY_MS = 2_000;

export function useReadiness() {
  return useQuery({
    queryKey: ['readiness'],
    queryFn: ({ signal }) => readReadiness(signal),
    refetchInterval: EVERY_MS,
  });
}

/** Polls while there is a key; a refused key is reported. The key itself is no part of the query's name. */
export function useOverview(adminKey: string | null, onKeyRefused: () => void) {
  const query = useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => readOverview(adminKey ?? '', signal),
    enabled: adminKey !== null,
    refetchInterval: EVERY_MS,
    gcTime: 0,
  });
  const refused = adminKey !== null && query.error instanceof HttpError && KEY_REFUSED.includes(query.error.status);
  useEffect(() => {
    if (refused) onKeyRefused();
  }, [refused, onKeyRefused]);
  return query;
}
