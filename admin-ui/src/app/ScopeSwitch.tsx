import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog } from '../components/Dialog';
import { Icon } from '../components/Icon';
import { answer } from '../lib/api/client';
import type { Data } from '../lib/api/types';
import { type Scope, useSession } from '../lib/session';

/** Whose things the pages are about. Who belongs to one organization only sees its name. */
export function ScopeSwitch() {
  const { data, scope } = useSession();
  const [open, setOpen] = useState(false);
  const name = scope.kind === 'all' ? 'All tenants' : scope.name;
  const view = scope.kind === 'all' ? 'Operator view' : data.user.operator ? 'One tenant, as operator' : `Your role: ${scope.role}`;
  const words = (
    <div className="grow">
      <div className="medium">{name}</div>
      <div className="small quiet">{view}</div>
    </div>
  );
  if (!data.user.operator && data.organizations.length < 2) return <div className="where">{words}</div>;
  return (
    <>
      <button
        type="button"
        className="where"
        aria-haspopup="dialog"
        onClick={() => {
          setOpen(true);
        }}
      >
        {words}
        <Icon name="down" small />
      </button>
      {open && (
        <ScopeDialog
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </>
  );
}

function ScopeDialog({ onClose }: { onClose: () => void }) {
  const { api, data, choose } = useSession();
  const navigate = useNavigate();
  const [q, setQ] = useState('');
  const found = useQuery({
    queryKey: ['scope-choices', q],
    queryFn: () => answer<Data<'TenantListPage'>>(api.GET('/admin/console/tenants', { params: { query: { q, limit: 20 } } })),
    enabled: data.user.operator,
  });
  const tenants: Scope[] = data.user.operator
    ? (found.data?.data ?? []).map((t) => ({ kind: 'tenant', id: t.id, name: t.name, role: 'owner' }))
    : data.organizations.filter((o) => o.name.includes(q)).map((o) => ({ kind: 'tenant', ...o }));
  const choices: Scope[] = data.user.operator ? [{ kind: 'all' }, ...tenants] : tenants;
  return (
    <Dialog title="Show" opened onClose={onClose}>
      <TextInput
        data-autofocus
        aria-label="Part of a tenant's name"
        placeholder="Part of a tenant's name"
        value={q}
        onChange={(event) => {
          setQ(event.currentTarget.value.toLowerCase());
        }}
      />
      <div className="palette-list">
        {choices.map((choice) => (
          <button
            key={choice.kind === 'all' ? '' : choice.id}
            type="button"
            onClick={() => {
              choose(choice);
              onClose();
              void navigate({ to: '/' });
            }}
          >
            <Icon name={choice.kind === 'all' ? 'overview' : 'tenants'} />
            {choice.kind === 'all' ? 'All tenants' : choice.name}
            <span className="small">{choice.kind === 'all' ? 'Operator view' : 'Tenant'}</span>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
