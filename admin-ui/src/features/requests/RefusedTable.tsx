import { DataTable } from '../../components/DataTable';
import { Empty, Failure } from '../../components/states';
import { Ago } from '../../components/Time';
import type { ColumnDef } from '@tanstack/react-table';
import type { Refused } from './api';
import type { Filters } from './RequestsPage';

export function RefusedTable({ filters, refused, error }: { filters: Filters; refused: Refused[] | undefined; error: Error | null }) {
  const rows = refused?.filter(
    (r) =>
      (filters.tenant === '' || r.tenant === filters.tenant) &&
      (filters.model === '' || r.model === filters.model) &&
      (filters.tier === '' || r.tier === filters.tier) &&
      (filters.key === '' || r.key_id === filters.key),
  );
  return (
    <DataTable
      caption="Requests that were refused"
      columns={COLUMNS}
      rows={rows}
      rowId={(r) => r.request_id}
      failure={error && refused === undefined ? <Failure what="Refusals could not be read." error={error} /> : undefined}
      empty={<Empty title="No request has been refused.">When a limit or a full queue refuses one, it shows here with the reason.</Empty>}
    />
  );
}

const COLUMNS: ColumnDef<Refused>[] = [
  { id: 'at', header: 'When', cell: ({ row }) => <Ago at={row.original.at} /> },
  { id: 'tenant', header: 'Tenant', accessorKey: 'tenant' },
  { id: 'model', header: 'Model', meta: { wide: true }, cell: ({ row }) => <span className="mono">{row.original.model}</span> },
  { id: 'tier', header: 'Tier', meta: { wide: true }, accessorKey: 'tier' },
  { id: 'code', header: 'Reason', cell: ({ row }) => <span className="mono">{row.original.code}</span> },
  { id: 'message', header: 'What the client was told', meta: { wide: true }, cell: ({ row }) => <div className="wrap audit-change secondary">{row.original.message}</div> },
];
