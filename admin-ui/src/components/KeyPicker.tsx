import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer } from '../lib/api/client';
import { useSession } from '../lib/session';

interface Key {
  id: string;
  name: string;
  redacted: string;
}

interface Props {
  /** Only keys of this tenant; empty for all. */
  tenant: string;
  /** Id of the key, or empty. */
  value: string;
  onChange: (id: string) => void;
}

/** One of the keys in scope, revoked ones too, found by a part of its name. */
export function KeyPicker({ tenant, value, onChange }: Props) {
  const { api, scope } = useSession();
  const [search, setSearch] = useState('');
  const [wanted, setWanted] = useState(false);
  const [chosen, setChosen] = useState<Key>();
  const [q] = useDebouncedValue(search === labelOf(chosen) ? '' : search, 200);
  const found = useQuery({
    queryKey: ['key-choices', scope, tenant, q],
    queryFn: () => {
      const query = { q, status: '', limit: 20 };
      return answer<{ data: Key[] }>(
        scope.kind === 'all' ? api.GET('/admin/keys', { params: { query: { ...query, tenant } } }) : api.GET('/v1/organization/api_keys', { params: { query } }),
      );
    },
    staleTime: 30_000,
    enabled: wanted,
  });
  const keys = found.data?.data ?? [];
  const shown = value === '' || keys.some((key) => key.id === value) ? keys : [chosen?.id === value ? chosen : unnamed(value), ...keys];
  return (
    <Select
      aria-label="Key"
      placeholder="All keys"
      data={shown.map((key) => ({ value: key.id, label: labelOf(key) }))}
      value={value === '' ? null : value}
      searchable
      clearable
      nothingFoundMessage="No such key"
      searchValue={search}
      onSearchChange={setSearch}
      onFocus={() => {
        setWanted(true);
      }}
      filter={({ options }) => options}
      onChange={(id) => {
        setChosen(keys.find((key) => key.id === id));
        onChange(id ?? '');
      }}
      clearButtonProps={{ 'aria-label': 'Clear key' }}
    />
  );
}

function labelOf(key: Key | undefined): string {
  return key === undefined ? '' : `${key.name} ${key.redacted}`.trim();
}

/** Of a link to it: its name is known when the list is asked for. */
function unnamed(id: string): Key {
  return { id, name: `key ${id.slice(0, 8)}...`, redacted: '' };
}
