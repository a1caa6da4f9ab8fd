import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { viewerZone } from '../../lib/format';
import { useSession } from '../../lib/session';

const ZONES = Intl.supportedValuesOf('timeZone');

export function NewTenantDialog({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const { api } = useSession();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [zone, setZone] = useState(viewerZone());
  const [plan, setPlan] = useState('standard');
  const plans = useQuery({
    queryKey: ['plans'],
    queryFn: () => answer<Data<'PlanAdminPage'>>(api.GET('/admin/plans', { params: { query: { limit: 200 } } })),
  });
  const create = useMutation({
    mutationFn: async () => {
      const made = await answer<Data<'TenantStoreTenant'>>(api.POST('/admin/tenants', { body: { name, time_zone: zone } }));
      if (plan !== made.plan) {
        await answer(api.PUT('/admin/tenants/{id}/plan', { params: { path: { id: made.id } }, body: { plan } }));
      }
      return made;
    },
    onSuccess: (made) => {
      onMade();
      onClose();
      void navigate({ to: `/tenants/${made.id}` });
    },
  });
  return (
    <Dialog title="New tenant" opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextInput
          data-autofocus
          label="Name"
          description="Lower-case letters, digits and hyphens; it cannot be changed"
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Select
          label="Plan"
          data={(plans.data?.data ?? []).map((p) => p.name)}
          value={plan}
          allowDeselect={false}
          onChange={(value) => {
            setPlan(value ?? 'standard');
          }}
        />
        <Select
          label="Time zone"
          description="Its days and months are those of budgets and invoices"
          data={ZONES.includes(zone) ? ZONES : [zone, ...ZONES]}
          value={zone}
          searchable
          allowDeselect={false}
          limit={50}
          onChange={(value) => {
            setZone(value ?? 'UTC');
          }}
        />
        <Fault error={create.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name === ''}>
            Make the tenant
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
