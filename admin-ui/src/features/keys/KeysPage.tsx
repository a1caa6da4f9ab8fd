import { ActionIcon, Button, Menu, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import { ConfirmByName } from '../../components/ConfirmByName';
import { DataTable } from '../../components/DataTable';
import { Icon } from '../../components/Icon';
import { LimitsDialog } from '../../components/limits/LimitsDialog';
import { Page } from '../../components/Page';
import { Pager } from '../../components/Pager';
import { Panel, Sentence } from '../../components/Panel';
import { SecretDialog } from '../../components/SecretDialog';
import { Empty, Failure } from '../../components/states';
import { type Status, StatusTag } from '../../components/StatusTag';
import { TenantPicker } from '../../components/TenantPicker';
import { Ago } from '../../components/Time';
import { answer } from '../../lib/api/client';
import { anyMoney, date, full } from '../../lib/format';
import { mayMakeKeys, mayManage, useSession } from '../../lib/session';
import { useUrlState } from '../../lib/urlState';
import { handOver } from '../../lib/handOver';
import { type Key, type KeyPage, scopeWords, type Shown } from './api';
import { EditKeyDialog } from './EditKeyDialog';
import { KeyDetail } from './KeyDetail';
import { NewKeyDialog } from './NewKeyDialog';
import { RotateDialog } from './RotateDialog';

const SIZE = 50;

/** Hand out and take back access. */
export function KeysPage() {
  const { api, scope, within } = useSession();
  const queries = useQueryClient();
  const [url, setUrl] = useUrlState({ q: '', status: 'active', tenant: '', page: '0', open: '' });
  const [creating, setCreating] = useState(false);
  const [editing, setEditing] = useState<Key>();
  const [rotating, setRotating] = useState<Key>();
  const [revoking, setRevoking] = useState<Key>();
  const [limiting, setLimiting] = useState<Key>();
  const [shown, setShown] = useState<Shown>();
  const status = url.status === 'all' ? '' : url.status;
  const page = Number(url.page);
  const keys = useQuery({
    queryKey: ['keys', scope, url.q, status, url.tenant, page],
    queryFn: () => {
      const query = { q: url.q, status, page, limit: SIZE };
      return answer<KeyPage>(
        scope.kind === 'all'
          ? api.GET('/admin/keys', { params: { query: { ...query, tenant: url.tenant } } })
          : api.GET('/v1/organization/api_keys', { params: { query } }),
      );
    },
    placeholderData: (before) => before,
  });
  const changed = () => queries.invalidateQueries({ queryKey: ['keys'] });
  const search = useDebouncedCallback((q: string) => {
    setUrl({ q, page: '0' });
  }, 250);
  const allowed = mayMakeKeys(scope);
  const columns = useMemo(
    () => columnsOf(scope.kind === 'all', allowed, (open) => { setUrl({ open }); }, { edit: setEditing, rotate: setRotating, revoke: setRevoking, limit: setLimiting }),
    // setUrl is of this render, but what it does depends only on the address
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [scope.kind, allowed, url.open, url.q, url.status, url.tenant],
  );
  const opened = keys.data?.data.find((key) => key.id === url.open);
  const filtered = url.q !== '' || url.tenant !== '' || url.status !== 'active';
  const newKey = (
    <Button
      leftSection={<Icon name="plus" small />}
      onClick={() => {
        setCreating(true);
      }}
    >
      New key
    </Button>
  );

  return (
    <Page title="Keys" actions={allowed && newKey}>
      {keys.data && (
        <Sentence>
          {full(keys.data.total)} {url.status === 'all' ? '' : `${url.status} `}
          {keys.data.total === 1 ? 'key' : 'keys'}
          {url.tenant === '' ? '' : ` of ${url.tenant}`}.
        </Sentence>
      )}
      <Panel title="API keys" note="cost of this month, by UTC">
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
          {scope.kind === 'all' && (
            <TenantPicker
              label="Tenant"
              hideLabel
              value={url.tenant}
              onChange={(tenant) => {
                setUrl({ tenant, page: '0' });
              }}
            />
          )}
          <Select
            aria-label="Status"
            data={[
              { value: 'active', label: 'Active' },
              { value: 'expired', label: 'Expired' },
              { value: 'revoked', label: 'Revoked' },
              { value: 'all', label: 'Any status' },
            ]}
            value={url.status}
            allowDeselect={false}
            onChange={(value) => {
              setUrl({ status: value ?? 'active', page: '0' });
            }}
          />
        </div>
        <DataTable
          caption="API keys"
          columns={columns}
          rows={keys.data?.data}
          rowId={(key) => key.id}
          failure={keys.isError ? <Failure what="Keys could not be read." error={keys.error} onRetry={() => void keys.refetch()} /> : undefined}
          empty={
            filtered ? (
              <Empty title="No key matches.">Remove a filter, or look for a part of the name.</Empty>
            ) : (
              <Empty title="No keys yet." action={allowed && newKey}>
                A key lets an application call this tenant's models.
              </Empty>
            )
          }
        />
        {keys.data && keys.data.total > 0 && (
          <Pager page={page} size={SIZE} total={keys.data.total} what="keys" onPage={(to) => { setUrl({ page: String(to) }); }} />
        )}
      </Panel>
      {opened && (
        <KeyDetail
          apiKey={opened}
          onClose={() => {
            setUrl({ open: '' });
          }}
        />
      )}
      {creating && (
        <NewKeyDialog
          onClose={() => {
            setCreating(false);
          }}
          onMade={(made) => {
            setCreating(false);
            setShown(made);
            void changed();
          }}
        />
      )}
      {editing && (
        <EditKeyDialog
          apiKey={editing}
          onClose={() => {
            setEditing(undefined);
          }}
          onChanged={changed}
        />
      )}
      {rotating && (
        <RotateDialog
          apiKey={rotating}
          onClose={() => {
            setRotating(undefined);
          }}
          onMade={(made) => {
            setRotating(undefined);
            setShown(made);
            void changed();
          }}
        />
      )}
      {limiting && (
        <LimitsDialog
          place={{ scope: 'key', id: limiting.id, name: limiting.name, tenantId: limiting.tenant_id }}
          mayChange={mayManage(scope)}
          onClose={() => {
            setLimiting(undefined);
          }}
        />
      )}
      {revoking && (
        <ConfirmByName
          verb="Revoke"
          what="key"
          name={revoking.name}
          onClose={() => {
            setRevoking(undefined);
          }}
          act={async () => {
            await answer(
              within(revoking.tenant_id).DELETE('/v1/organization/projects/{projectId}/api_keys/{keyId}', {
                params: { path: { projectId: revoking.project_id, keyId: revoking.id } },
              }),
            );
            await changed();
          }}
        >
          <p>
            Calls with {revoking.redacted} get 401 within 1 s. It cost {anyMoney(revoking.cost_micros)} this month; requests that run with
            it now will finish.
          </p>
        </ConfirmByName>
      )}
      {shown && (
        <SecretDialog
          title={`Key ${shown.name} is ready`}
          secret={shown.secret}
          variable="OPENAI_API_KEY"
          extra={
            <Button
              component={Link}
              to="/playground"
              variant="default"
              onClick={() => {
                handOver(shown.secret, shown.name);
                setShown(undefined);
              }}
            >
              Try it
            </Button>
          }
          onStored={() => {
            setShown(undefined);
          }}
        >
          {shown.note}
        </SecretDialog>
      )}
    </Page>
  );
}

const STATUS: Record<string, [Status, string]> = {
  active: ['ok', 'Active'],
  expired: ['neutral', 'Expired'],
  revoked: ['revoked', 'Revoked'],
};

function columnsOf(
  ofAll: boolean,
  allowed: boolean,
  open: (id: string) => void,
  acts: ActsOnKeys,
): ColumnDef<Key>[] {
  const tenant: ColumnDef<Key>[] = ofAll
    ? [
        {
          id: 'tenant',
          header: 'Tenant',
          cell: ({ row: { original: key } }) => (
            <Link className="cell-name" to={`/tenants/${key.tenant_id}`}>
              {key.tenant}
            </Link>
          ),
        },
      ]
    : [];
  return [
    {
      id: 'name',
      header: 'Name',
      cell: ({ row: { original: key } }) => (
        <>
          <button
            type="button"
            className="cell-name"
            onClick={() => {
              open(key.id);
            }}
          >
            {key.name}
          </button>{' '}
          <span className="mono quiet">{key.redacted}</span>
        </>
      ),
    },
    ...tenant,
    { id: 'project', header: 'Project', meta: { wide: true }, accessorKey: 'project' },
    { id: 'scopes', header: 'May', meta: { wide: true }, cell: ({ row }) => <span className="secondary">{scopeWords(row.original.scopes)}</span> },
    { id: 'models', header: 'Models', meta: { wide: true }, cell: ({ row }) => <span className="secondary">{modelWords(row.original)}</span> },
    { id: 'expires', header: 'Expires', meta: { wide: true }, cell: ({ row }) => expiry(row.original) },
    { id: 'used', header: 'Last used', meta: { wide: true }, cell: ({ row }) => <Ago at={row.original.last_used_at} never="never" /> },
    {
      id: 'cost',
      header: 'Cost',
      meta: { number: true, wide: true },
      cell: ({ row }) => (row.original.cost_micros === 0 ? <span className="quiet">$0.00</span> : anyMoney(row.original.cost_micros)),
    },
    {
      id: 'status',
      header: 'Status',
      cell: ({ row }) => {
        const [status, word] = STATUS[row.original.status] ?? ['neutral', row.original.status];
        return <StatusTag status={status}>{word}</StatusTag>;
      },
    },
    {
      id: 'acts',
      header: () => <span className="sr">Acts</span>,
      meta: { number: true },
      cell: ({ row: { original: key } }) =>
        key.status === 'active' ? <Acts apiKey={key} allowed={allowed} acts={acts} /> : null,
    },
  ];
}

interface ActsOnKeys {
  edit: (key: Key) => void;
  rotate: (key: Key) => void;
  revoke: (key: Key) => void;
  limit: (key: Key) => void;
}

function Acts({ apiKey, allowed, acts }: { apiKey: Key; allowed: boolean; acts: ActsOnKeys }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" aria-label={`Acts on ${apiKey.name}`}>
          <Icon name="dots" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          onClick={() => {
            acts.limit(apiKey);
          }}
        >
          Limits
        </Menu.Item>
        {allowed && (
          <>
            <Menu.Item
              onClick={() => {
                acts.edit(apiKey);
              }}
            >
              Edit
            </Menu.Item>
            <Menu.Item
              onClick={() => {
                acts.rotate(apiKey);
              }}
            >
              Rotate
            </Menu.Item>
            <Menu.Item
              className="bad-ink"
              onClick={() => {
                acts.revoke(apiKey);
              }}
            >
              Revoke
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function modelWords(key: Key): string {
  if (key.allowed_models !== null) return key.allowed_models.length === 0 ? 'none' : key.allowed_models.join(', ');
  return key.denied_models === null ? 'all' : `all but ${key.denied_models.join(', ')}`;
}

function expiry(key: Key) {
  if (key.expires_at === null) return <span className="quiet">never</span>;
  return date(new Date(key.expires_at));
}
