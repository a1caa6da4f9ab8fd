import { Link } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { StatusTag } from '../../components/StatusTag';
import { Ago } from '../../components/Time';
import { duration, exactMoney, full } from '../../lib/format';
import { type Ended, shortId, statusOf } from './api';

/** @param ofAll whether they are of all tenants */
export function endedColumns(ofAll: boolean): ColumnDef<Ended>[] {
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
