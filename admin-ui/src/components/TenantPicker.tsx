import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer } from '../lib/api/client';
import type { Data } from '../lib/api/types';
import { useSession } from '../lib/session';

interface Props {
  label: string;
  hideLabel?: boolean;
  placeholder?: string;
  /** Name of the tenant, or empty. */
  value: string;
  onChange: (name: string, id: string | null) => void;
  required?: boolean;
}

/** One of all tenants, found by a part of its name. For the operator. */
export function TenantPicker({ label, hideLabel, placeholder = 'All tenants', value, onChange, required }: Props) {
  const { api } = useSession();
  const [search, setSearch] = useState('');
  const [q] = useDebouncedValue(search === value ? '' : search.toLowerCase(), 200);
  const [wanted, setWanted] = useState(false);
  const found = useQuery({
    queryKey: ['tenant-choices', q],
    queryFn: () => answer<Data<'TenantListPage'>>(api.GET('/admin/console/tenants', { params: { query: { q, limit: 20 } } })),
    staleTime: 30_000,
    enabled: wanted,
  });
  const tenants = found.data?.data ?? [];
  const names = tenants.map((t) => t.name);
  return (
    <Select
      {...(hideLabel ? { 'aria-label': label } : { label })}
      placeholder={placeholder}
      data={value !== '' && !names.includes(value) ? [value, ...names] : names}
      value={value === '' ? null : value}
      searchable
      clearable={!required}
      nothingFoundMessage="No such tenant"
      searchValue={search}
      onSearchChange={setSearch}
      onFocus={() => {
        setWanted(true);
      }}
      filter={({ options }) => options}
      onChange={(name) => {
        onChange(name ?? '', tenants.find((t) => t.name === name)?.id ?? null);
      }}
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
    />
  );
}
