import { Button, Menu } from '@mantine/core';
import type { ColumnDef } from '@tanstack/react-table';
import { useState } from 'react';
import { columnsLeftOut, leaveColumnsOut } from '../lib/preferences';
import { Icon } from './Icon';

/** Which columns of a table this browser leaves out, and how to change that. */
export function useColumnsLeftOut(table: string): [string[], (ids: string[]) => void] {
  const [out, setOut] = useState(() => columnsLeftOut(table));
  return [
    out,
    (ids) => {
      leaveColumnsOut(table, ids);
      setOut(ids);
    },
  ];
}

interface Props<T> {
  columns: ColumnDef<T>[];
  /** Ids of those that are not shown. */
  out: string[];
  onChange: (out: string[]) => void;
}

/** Chooses columns, but for the first, which is the link; where the window is narrow there is no room to choose. */
export function ColumnsMenu<T>({ columns, out, onChange }: Props<T>) {
  return (
    <span className="wide-only">
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button variant="default" leftSection={<Icon name="columns" small />}>
            Columns
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {columns.slice(1).map(({ id = '', header }) => (
            <Menu.CheckboxItem
              key={id}
              checked={!out.includes(id)}
              onChange={(checked) => {
                onChange(checked ? out.filter((other) => other !== id) : [...out, id]);
              }}
            >
              {typeof header === 'string' ? header : id}
            </Menu.CheckboxItem>
          ))}
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}
