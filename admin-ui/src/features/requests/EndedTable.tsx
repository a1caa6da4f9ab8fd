import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { DataTable } from '../../components/DataTable';
import { CursorPager } from '../../components/Pager';
import { Empty, Failure } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { Ago } from '../../components/Time';
import { answer } from '../../lib/api/client';
import { duration, exactMoney, full, moment } from '../../lib/format';
import { useSession } from '../../lib/session';
import { type Ended, type EndedPage, shortId, statusOf } from './api';
import type { Filters } from './RequestsPage';

const SIZE = 50;

export function EndedTable({ filters, onPage }: { filters: Filters; onPage: (before: string) => void }) {
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
  const columns = useMemo(() => columnsOf(ofAll), [ofAll]);
  return (
    <>
      <DataTable
        caption="Requests that ended"
        columns={columns}
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

function columnsOf(ofAll: boolean): ColumnDef<Ended>[] {
  return [
    {
      id: 'request',
      header: 'Request',
      cell: ({ row: { original: r } }) => (
        <>
          <Link className="cell-name mono" to={`/requests/${r.id}`} title={r.id} aria-label={`Request ${shortId(r.id)}`}>
            {shortId(r.id)}
          </Link>
          <span className="narrow-only small quiet">
            <Ago at={r.at} />
          </span>
        </>
      ),
    },
    { id: 'at', header: 'Started', meta: { wide: true }, cell: ({ row }) => <Ago at={row.original.at} /> },
    ...(ofAll ? [{ id: 'tenant', header: 'Tenant', accessorKey: 'tenant' } satisfies ColumnDef<Ended>] : []),
    { id: 'key', header: 'Key', meta: { wide: true }, cell: ({ row }) => <span className="secondary">{row.original.key ?? '-'}</span> },
    { id: 'model', header: 'Model', meta: { wide: true }, cell: ({ row }) => <span className="mono">{row.original.model}</span> },
    { id: 'tier', header: 'Tier', meta: { wide: true }, cell: ({ row }) => <span className="secondary">{row.original.tier}</span> },
    {
      id: 'status',
      header: 'End',
      cell: ({ row: { original: r } }) => {
        const [status, word] = statusOf(r.status, r.error_code);
        return (
          <span title={r.error_code ?? undefined}>
            <StatusTag status={status}>{word}</StatusTag>
          </span>
        );
      },
    },
    { id: 'waited', header: 'Waited', meta: { number: true, wide: true }, cell: ({ row }) => duration(row.original.queued_ms) },
    {
      id: 'first',
      header: 'First token',
      meta: { number: true, wide: true },
      cell: ({ row }) => (row.original.first_token_ms === null ? <span className="quiet">-</span> : duration(row.original.first_token_ms)),
    },
    { id: 'total', header: 'Total', meta: { number: true, wide: true }, cell: ({ row }) => duration(row.original.total_ms) },
    {
      id: 'tokens',
      header: 'Tokens in, out',
      meta: { number: true, wide: true },
      cell: ({ row: { original: r } }) => (
        <>
          {full(r.prompt_tokens)}
          <span className="quiet">, </span>
          {full(r.completion_tokens)}
        </>
      ),
    },
    { id: 'cost', header: 'Cost', meta: { number: true, wide: true }, cell: ({ row }) => exactMoney(row.original.cost_micros) },
  ];
}
