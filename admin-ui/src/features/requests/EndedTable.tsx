import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable } from '../../components/DataTable';
import { CursorPager } from '../../components/Pager';
import { Empty, Failure } from '../../components/states';
import { answer } from '../../lib/api/client';
import { moment } from '../../lib/format';
import { useSession } from '../../lib/session';
import type { EndedPage } from './api';
import { endedColumns } from './endedColumns';
import type { Filters } from './RequestsPage';

const SIZE = 50;

interface Props {
  filters: Filters;
  /** Ids of columns that are not shown. */
  out: string[];
  onPage: (before: string) => void;
}

/** A page of what ended, the newest first. */
export function EndedTable({ filters, out, onPage }: Props) {
  const { api, scope } = useSession();
  const ofAll = scope.kind === 'all';
  const found = useQuery({
    queryKey: ['requests', scope, filters],
    queryFn: () => {
      const filter = {
        limit: SIZE,
        ...(filters.model === '' ? {} : { model: filters.model }),
        ...(filters.tier === '' ? {} : { tier: filters.tier }),
        ...(filters.status === '' ? {} : { status: filters.status }),
        ...(filters.key === '' ? {} : { key: filters.key }),
        ...(filters.slow === '' ? {} : { min_first_token_ms: Number(filters.slow) }),
        ...(filters.before === '' ? {} : { before: Number(filters.before) }),
        ...(ofAll && filters.tenant !== '' ? { tenant: filters.tenant } : {}),
      };
      return answer<EndedPage>(
        ofAll ? api.GET('/admin/requests', { params: { query: filter as never } }) : api.GET('/v1/organization/requests', { params: { query: filter as never } }),
      );
    },
    placeholderData: (before) => before,
    refetchInterval: filters.before === '' ? 5000 : false,
  });
  const columns = useMemo(() => endedColumns(ofAll), [ofAll]);
  return (
    <>
      <DataTable
        caption="Requests that ended"
        columns={columns}
        out={out}
        rows={found.data?.data}
        rowId={(request) => request.id}
        failure={found.isError ? <Failure what="Requests could not be read." error={found.error} onRetry={() => void found.refetch()} /> : undefined}
        empty={<Empty title="No request matches.">Remove a filter, or send a first request from the Playground.</Empty>}
      />
      {typeof found.data?.looked_back_to === 'string' && (
        <p className="panel-foot">
          Few match. Looked back to {moment(new Date(found.data.looked_back_to))} so far; Older looks further.
        </p>
      )}
      <CursorPager
        first={filters.before === ''}
        next={found.data?.has_more ?? false}
        onFirst={() => {
          onPage('');
        }}
        onNext={() => {
          onPage(String(found.data?.next_before ?? ''));
        }}
      />
    </>
  );
}
