import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Navigate } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import { DataTable } from '../../components/DataTable';
import { Icon } from '../../components/Icon';
import { LimitBar } from '../../components/LimitBar';
import { amount, binding, fullness, kindOf, type Limit } from '../../components/limits/limits';
import { Page } from '../../components/Page';
import { Pager } from '../../components/Pager';
import { Panel, Sentence } from '../../components/Panel';
import { Empty, Failure } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { anyMoney, count, full, money, percent } from '../../lib/format';
import { useSession } from '../../lib/session';
import { useNow } from '../../lib/useNow';
import { useUrlState } from '../../lib/urlState';
import { NewTenantDialog } from './NewTenantDialog';

type Tenant = Data<'TenantListStoreListed'>;

const SIZE = 50;

/** Who they are, who uses most, whose limit binds next. */
export function TenantsPage() {
  const { scope } = useSession();
  return scope.kind === 'all' ? <AllTenants /> : <Navigate to={`/tenants/${scope.id}`} />;
}

function AllTenants() {
  const { api } = useSession();
  const queries = useQueryClient();
  const [url, setUrl] = useUrlState({ q: '', status: '', sort: 'cost', page: '0' });
  const [creating, setCreating] = useState(false);
  const page = Number(url.page);
  const found = useQuery({
    queryKey: ['tenants', url.q, url.status, url.sort, page],
    queryFn: () =>
      answer<Data<'TenantListPage'>>(
        api.GET('/admin/console/tenants', {
          params: { query: { q: url.q, status: url.status, sort: url.sort, page, limit: SIZE } },
        }),
      ),
    placeholderData: (before) => before,
  });
  const ids = found.data?.data.map((tenant) => tenant.id) ?? [];
  const next = useQuery({
    queryKey: ['limits', 'next', ids],
    queryFn: () => answer<{ data: { tenant_id: string; limit: Limit }[] }>(api.GET('/admin/limits/next', { params: { query: { tenant_id: ids } } })),
    enabled: ids.length > 0,
    placeholderData: (before) => before,
    refetchInterval: 10_000,
  });
  const now = useNow(10_000);
  const columns = useMemo(() => columnsOf(new Map(next.data?.data.map((n) => [n.tenant_id, n.limit])), now), [next.data, now]);
  const search = useDebouncedCallback((q: string) => {
    setUrl({ q: q.toLowerCase(), page: '0' });
  }, 250);
  const newTenant = (
    <Button
      leftSection={<Icon name="plus" small />}
      onClick={() => {
        setCreating(true);
      }}
    >
      New tenant
    </Button>
  );
  return (
    <Page
      title="Tenants"
      actions={
        <>
          <Button component={Link} to="/plans" variant="default">
            Plans
          </Button>
          {newTenant}
        </>
      }
    >
      {found.data && <Sentence>{sentence(found.data.total, url.sort === 'cost' && page === 0 ? found.data.data[0] : undefined)}</Sentence>}
      <Panel title="Tenants" note="use of this month, by UTC">
        <div className="filters">
          <TextInput
            aria-label="Part of the name"
            placeholder="Part of the name"
            leftSection={<Icon name="search" small />}
            defaultValue={url.q}
            onChange={(event) => {
              search(event.currentTarget.value);
            }}
          />
          <Select
            aria-label="Status"
            data={[
              { value: '', label: 'Any status' },
              { value: 'active', label: 'Active' },
              { value: 'suspended', label: 'Suspended' },
            ]}
            value={url.status}
            allowDeselect={false}
            onChange={(value) => {
              setUrl({ status: value ?? '', page: '0' });
            }}
          />
        </div>
        <DataTable
          caption="Tenants"
          columns={columns}
          rows={found.data?.data}
          rowId={(tenant) => tenant.id}
          sort={{
            column: url.sort,
            ascending: url.sort === 'name',
            columns: ['name', 'cost', 'tokens'],
            onSort: (sort) => {
              setUrl({ sort, page: '0' });
            },
          }}
          failure={found.isError ? <Failure what="Tenants could not be read." error={found.error} onRetry={() => void found.refetch()} /> : undefined}
          empty={
            url.q === '' && url.status === '' ? (
              <Empty title="No tenants yet." action={newTenant}>
                A tenant has its own keys, limits and bill.
              </Empty>
            ) : (
              <Empty title="No tenant matches.">Look for another part of the name.</Empty>
            )
          }
        />
        {found.data && found.data.total > 0 && (
          <Pager page={page} size={SIZE} total={found.data.total} what="tenants" onPage={(to) => { setUrl({ page: String(to) }); }} />
        )}
      </Panel>
      {creating && (
        <NewTenantDialog
          onClose={() => {
            setCreating(false);
          }}
          onMade={() => {
            void queries.invalidateQueries({ queryKey: ['tenants'] });
          }}
        />
      )}
    </Page>
  );
}

function sentence(total: number, most: Tenant | undefined): string {
  const all = `${full(total)} ${total === 1 ? 'tenant' : 'tenants'}`;
  return most && most.cost_micros > 0 ? `${all}; ${most.name} is charged most this month, ${anyMoney(most.cost_micros)}.` : `${all}.`;
}

function columnsOf(next: Map<string, Limit>, now: Date): ColumnDef<Tenant>[] {
  return [
    {
      id: 'name',
      header: 'Tenant',
      cell: ({ row }) => (
        <Link className="cell-name" to={`/tenants/${row.original.id}`}>
          {row.original.name}
        </Link>
      ),
    },
    { id: 'plan', header: 'Plan', accessorKey: 'plan', meta: { wide: true } },
    { id: 'weight', header: 'Weight', meta: { number: true, wide: true }, cell: ({ row }) => row.original.weight },
    { id: 'running', header: 'Running', meta: { number: true, wide: true }, cell: ({ row }) => zero(row.original.running) },
    { id: 'requests', header: 'Requests', meta: { number: true, wide: true }, cell: ({ row }) => zero(row.original.requests) },
    {
      id: 'tokens',
      header: 'Tokens',
      meta: { number: true },
      cell: ({ row }) => <span title={full(row.original.tokens)}>{zero(row.original.tokens)}</span>,
    },
    {
      id: 'cost',
      header: 'Cost',
      meta: { number: true },
      cell: ({ row }) => (row.original.cost_micros === 0 ? <span className="quiet">{money(0)}</span> : anyMoney(row.original.cost_micros)),
    },
    { id: 'next', header: 'Next limit', meta: { wide: true }, cell: ({ row }) => <NextLimit limit={next.get(row.original.id)} now={now} /> },
    { id: 'keys', header: 'Keys', meta: { number: true, wide: true }, cell: ({ row }) => zero(row.original.keys) },
    { id: 'zone', header: 'Days of', meta: { wide: true }, cell: ({ row }) => <span className="secondary">{row.original.time_zone}</span> },
    {
      id: 'status',
      header: 'Status',
      cell: ({ row }) =>
        row.original.status === 'active' ? <StatusTag status="ok">Active</StatusTag> : <StatusTag status="revoked">Suspended</StatusTag>,
    },
  ];
}

function NextLimit({ limit, now }: { limit: Limit | undefined; now: Date }) {
  if (limit === undefined) return <span className="quiet">-</span>;
  const share = fullness(limit);
  const near = share >= 0.75 || limit.reached_at !== null;
  return (
    <span className="next-limit">
      <LimitBar
        used={Math.max(0, limit.used)}
        held={limit.held}
        limit={limit.value}
        binds={near}
        label={`${amount(limit.kind, limit.used + limit.held)} of ${amount(limit.kind, limit.value)}`}
      />
      <span className={near ? 'small warn-ink' : 'small secondary'}>
        {kindOf(limit.kind).label}
        {limit.model === '' ? '' : ` for ${limit.model}`}: {share >= 1 || limit.reached_at !== null ? binding(limit, now) : percent(share)}
      </span>
    </span>
  );
}

function zero(value: number) {
  return value === 0 ? <span className="quiet">0</span> : count(value);
}
