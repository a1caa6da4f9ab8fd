import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import { DataTable } from '../../components/DataTable';
import { Empty, Failure } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { duration, full } from '../../lib/format';
import { mayMakeKeys, useSession } from '../../lib/session';
import { reasonOf, type Running, type RunningList, shortId, statusOf } from './api';
import { CancelDialog } from './CancelDialog';
import type { Filters } from './RequestsPage';

interface Props {
  filters: Filters;
  list: RunningList | undefined;
  error: Error | null;
  onRetry: () => void;
}

export function RunningTable({ filters, list, error, onRetry }: Props) {
  const { scope } = useSession();
  const queries = useQueryClient();
  const [cancelling, setCancelling] = useState<Running>();
  const may = mayMakeKeys(scope);
  const ofAll = scope.kind === 'all';
  const columns = useMemo(() => columnsOf(ofAll, may ? setCancelling : undefined), [ofAll, may]);
  const rows = list?.data.filter(
    (r) =>
      (filters.tenant === '' || r.tenant === filters.tenant) &&
      (filters.model === '' || r.model === filters.model) &&
      (filters.tier === '' || r.tier === filters.tier) &&
      (filters.key === '' || r.key_id === filters.key),
  );
  return (
    <>
      <DataTable
        caption="Requests that run or wait"
        columns={columns}
        rows={rows}
        rowId={(request) => request.id}
        failure={error && list === undefined ? <Failure what="Running requests could not be read." error={error} onRetry={onRetry} /> : undefined}
        empty={<Empty title="Nothing runs and no one waits.">Requests show here while this server works on them.</Empty>}
      />
      {cancelling && (
        <CancelDialog
          id={cancelling.id}
          tenant={cancelling.tenant}
          tokens={cancelling.completion_tokens}
          onClose={() => {
            setCancelling(undefined);
            void queries.invalidateQueries({ queryKey: ['running'] });
          }}
        />
      )}
    </>
  );
}

function columnsOf(ofAll: boolean, cancel: ((request: Running) => void) | undefined): ColumnDef<Running>[] {
  return [
    {
      id: 'request',
      header: 'Request',
      cell: ({ row: { original: r } }) => (
        <Link className="cell-name mono" to={`/requests/${r.id}`} title={r.id} aria-label={`Request ${shortId(r.id)}`}>
          {shortId(r.id)}
        </Link>
      ),
    },
    ...(ofAll ? [{ id: 'tenant', header: 'Tenant', accessorKey: 'tenant' } satisfies ColumnDef<Running>] : []),
    { id: 'model', header: 'Model', meta: { wide: true }, cell: ({ row }) => <span className="mono">{row.original.model}</span> },
    { id: 'tier', header: 'Tier', meta: { wide: true }, cell: ({ row }) => <span className="secondary">{row.original.tier}</span> },
    {
      id: 'status',
      header: 'Now',
      cell: ({ row }) => {
        const [status, word] = statusOf(row.original.status, null);
        return (
          <>
            <StatusTag status={status}>{word}</StatusTag>
            {row.original.waits_for !== null && (
              <span className="small secondary wide-only">
                {' '}
                for {reasonOf(row.original.waits_for)}
                {row.original.ahead !== null && row.original.ahead > 0 ? `; ${full(row.original.ahead)} before it` : ''}
              </span>
            )}
          </>
        );
      },
    },
    { id: 'elapsed', header: 'Since', meta: { number: true }, cell: ({ row }) => duration(row.original.elapsed_ms) },
    {
      id: 'first',
      header: 'First token',
      meta: { number: true, wide: true },
      cell: ({ row }) => (row.original.first_token_ms === null ? <span className="quiet">-</span> : duration(row.original.first_token_ms)),
    },
    { id: 'in', header: 'Tokens in', meta: { number: true, wide: true }, cell: ({ row }) => full(row.original.prompt_tokens) },
    {
      id: 'out',
      header: 'Tokens out, of at most',
      meta: { number: true, wide: true },
      cell: ({ row: { original: r } }) => (
        <>
          {full(r.completion_tokens)} <span className="quiet">of {full(r.max_tokens)}</span>
        </>
      ),
    },
    ...(cancel
      ? [
          {
            id: 'acts',
            header: () => <span className="sr">Acts</span>,
            meta: { number: true },
            cell: ({ row }) => (
              <Button
                variant="subtle"
                aria-label={`Cancel ${row.original.id}`}
                onClick={() => {
                  cancel(row.original);
                }}
              >
                Cancel
              </Button>
            ),
          } satisfies ColumnDef<Running>,
        ]
      : []),
  ];
}
