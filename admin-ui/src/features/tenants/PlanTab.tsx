import { Button, NumberInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Invoices } from '../../components/Invoices';
import { Dialog } from '../../components/Dialog';
import { Panel } from '../../components/Panel';
import { Fault } from '../../components/states';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { anyMoney } from '../../lib/format';
import { useSession } from '../../lib/session';

interface Props {
  tenantId: string;
  /** For the operator. */
  tenant: Data<'TenantStoreTenant'> | undefined;
  onChanged: () => void;
}

export function PlanTab({ tenantId, tenant, onChanged }: Props) {
  return (
    <>
      {tenant && <PlanPanel tenant={tenant} onChanged={onChanged} />}
      <Invoices organization={tenantId} />
    </>
  );
}

function PlanPanel({ tenant, onChanged }: { tenant: Data<'TenantStoreTenant'>; onChanged: () => void }) {
  const { api } = useSession();
  const [crediting, setCrediting] = useState(false);
  const plans = useQuery({
    queryKey: ['plans'],
    queryFn: () => answer<Data<'PlanAdminPage'>>(api.GET('/admin/plans', { params: { query: { limit: 200 } } })),
  });
  const balance = useQuery({
    queryKey: ['balance', tenant.id],
    queryFn: () =>
      answer<Data<'LedgerAdminBalance'>>(api.GET('/admin/tenants/{tenantId}/balance', { params: { path: { tenantId: tenant.id } } })),
  });
  const assign = useMutation({
    mutationFn: (plan: string) => answer(api.PUT('/admin/tenants/{id}/plan', { params: { path: { id: tenant.id } }, body: { plan } })),
    onSuccess: onChanged,
  });
  const plan = plans.data?.data.find((p) => p.name === tenant.plan);
  return (
    <Panel title="Plan">
      <dl className="facts">
        <dt>Plan</dt>
        <dd className="row">
          <Select
            aria-label="Plan"
            data={(plans.data?.data ?? []).map((p) => p.name)}
            value={tenant.plan}
            allowDeselect={false}
            onChange={(name) => {
              if (name !== null) assign.mutate(name);
            }}
          />
          <Fault error={assign.error} />
        </dd>
        <dt>Tiers, weight</dt>
        <dd>{plan ? `${plan.tiers.join(', ')}; auto is ${plan.auto_tier}; weight ${plan.weight}` : '-'}</dd>
        <dt>Days and months</dt>
        <dd>{tenant.time_zone}</dd>
        <dt>Balance</dt>
        <dd className="row">
          {balance.data === undefined ? '-' : anyMoney(balance.data.balance_micros)}
          <Button
            variant="subtle"
            onClick={() => {
              setCrediting(true);
            }}
          >
            Enter a payment or credit
          </Button>
        </dd>
      </dl>
      {crediting && (
        <CreditDialog
          tenantId={tenant.id}
          onClose={() => {
            setCrediting(false);
          }}
        />
      )}
    </Panel>
  );
}

function CreditDialog({ tenantId, onClose }: { tenantId: string; onClose: () => void }) {
  const { api } = useSession();
  const queries = useQueryClient();
  const [value, setValue] = useState<number | string>('');
  const [note, setNote] = useState('');
  // The same id is entered once, however often it is sent.
  const [id] = useState(() => `console-${crypto.randomUUID()}`);
  const enter = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/admin/tenants/{tenantId}/credits', {
          params: { path: { tenantId } },
          body: { id, amount_micros: Math.round(Number(value) * 1e6), note },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['balance', tenantId] });
      onClose();
    },
  });
  return (
    <Dialog title="Enter a payment or credit" opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate();
        }}
      >
        <NumberInput data-autofocus label="Amount, in $" description="Below zero to take away" decimalScale={6} hideControls value={value} onChange={setValue} />
        <TextInput
          label="Note for the books"
          value={note}
          onChange={(event) => {
            setNote(event.currentTarget.value);
          }}
        />
        <p className="small quiet">Entries are never changed or deleted; another one makes up for a wrong one.</p>
        <Fault error={enter.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={enter.isPending} disabled={value === '' || Number(value) === 0}>
            Enter it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
