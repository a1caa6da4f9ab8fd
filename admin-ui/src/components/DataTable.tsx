import { type ColumnDef, flexRender, getCoreRowModel, type RowData, useReactTable } from '@tanstack/react-table';
import type { ReactNode } from 'react';
import { Icon } from './Icon';
import { LoadingRows } from './states';

declare module '@tanstack/react-table' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the library's own parameters
  interface ColumnMeta<TData extends RowData, TValue> {
    number?: boolean;
    /** Left out where the window is narrow. */
    wide?: boolean;
  }
}

interface Props<T> {
  caption: string;
  columns: ColumnDef<T>[];
  rows: T[] | undefined;
  rowId: (row: T) => string;
  /** In place of rows when there are none. */
  empty: ReactNode;
  /** In place of everything when they could not be read. */
  failure?: ReactNode;
  sort?: { column: string; ascending: boolean; onSort: (column: string) => void; columns: string[] };
  marked?: (row: T) => boolean;
  /** Ids of columns that are not shown. */
  out?: string[];
}

/** A table of one page of rows; paging, filters and order are the server's. */
export function DataTable<T>({ caption, columns, rows, rowId, empty, failure, sort, marked, out = [] }: Props<T>) {
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are not kept beyond a render
  const table = useReactTable({
    data: rows ?? [],
    columns: columns.filter((column) => !out.includes(column.id ?? '')),
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
  });
  if (failure !== undefined) return failure;
  if (rows?.length === 0) return empty;
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={`Table: ${caption}`}>
      <table aria-busy={rows === undefined}>
        <caption className="sr">{caption}</caption>
        <thead>
          <tr>
            {table.getFlatHeaders().map((header) => {
              const { number, wide } = header.column.columnDef.meta ?? {};
              const content = flexRender(header.column.columnDef.header, header.getContext());
              const sorted = sort?.column === header.id;
              return (
                <th
                  key={header.id}
                  scope="col"
                  className={classes(number, wide)}
                  aria-sort={sorted ? (sort.ascending ? 'ascending' : 'descending') : undefined}
                >
                  {sort?.columns.includes(header.id) ? (
                    <button
                      type="button"
                      className="sort"
                      onClick={() => {
                        sort.onSort(header.id);
                      }}
                    >
                      {content}
                      {sorted && <Icon name={sort.ascending ? 'up' : 'fall'} small />}
                    </button>
                  ) : (
                    content
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows === undefined ? (
            <LoadingRows columns={table.getFlatHeaders().length} />
          ) : (
            table.getRowModel().rows.map((row) => (
              <tr key={row.id} data-marked={marked?.(row.original) || undefined}>
                {row.getVisibleCells().map((cell) => {
                  const { number, wide } = cell.column.columnDef.meta ?? {};
                  return (
                    <td key={cell.id} className={classes(number, wide)}>
                      {flexRender(cell.column.columnDef.cell, cell.getContext())}
                    </td>
                  );
                })}
              </tr>
            ))
          )}
        </tbody>
      </table>
    </div>
  );
}

function classes(number: boolean | undefined, wide: boolean | undefined): string {
  return `${number ? 'number' : ''} ${wide ? 'wide-only' : ''}`.trim();
}
