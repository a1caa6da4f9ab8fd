import { ActionIcon, SegmentedControl, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { LimitForm } from '../../components/limits/LimitForm';
import { amount, KINDS, kindOf } from '../../components/limits/limits';
import { Fault } from '../../components/states';
import { TenantPicker } from '../../components/TenantPicker';
import { answer } from '../../lib/api/client';
import { useSession } from '../../lib/session';
import type { ModelLimit } from './api';

interface Props {
  model: string;
  limits: ModelLimit[];
  onClose: () => void;
}

const SCOPES: Record<string, string> = {
  plan: 'each tenant on plan',
  plan_project: 'each project on plan',
  plan_key: 'each key on plan',
  organization: 'tenant',
  project: 'project',
  key: 'key',
};

/** Who may use how much of one model. */
export function ModelLimitsDialog({ model, limits, onClose }: Props) {
  const { api } = useSession();
  const queries = useQueryClient();
  const [whom, setWhom] = useState('plan');
  const [plan, setPlan] = useState<string | null>(null);
  const [tenant, setTenant] = useState<{ name: string; id: string | null }>({ name: '', id: null });
  const plans = useQuery({
    queryKey: ['plans'],
    queryFn: () => answer<{ data: { name: string }[] }>(api.GET('/admin/plans', { params: { query: { limit: 200 } } })),
  });
  const changed = () => queries.invalidateQueries({ queryKey: ['model-limits'] });
  const id = whom === 'plan' ? (plan ?? plans.data?.data[0]?.name ?? '') : (tenant.id ?? '');
  const remove = useMutation({
    mutationFn: ({ limit }: ModelLimit) =>
      answer(
        api.DELETE('/admin/limits', {
          params: { query: { scope: limit.scope, scope_id: limit.scope_id, kind: limit.kind, model: limit.model } },
        }),
      ),
    onSuccess: changed,
  });
  return (
    <Dialog title={`Limits on ${model}`} opened onClose={onClose} wide>
      {limits.length === 0 ? (
        <p className="secondary dialog-text">None is set on this model by itself; limits on all models together count for it too.</p>
      ) : (
        <table className="dialog-text">
          <caption className="sr">Limits on {model}</caption>
          <tbody>
            {limits.map((set) => (
              <tr key={`${set.limit.scope} ${set.limit.scope_id} ${set.limit.kind}`}>
                <td>
                  <span className="quiet">{SCOPES[set.limit.scope]}</span>{' '}
                  {set.tenant_id === null ? (
                    <span className="medium">{set.name}</span>
                  ) : (
                    <Link className="link" to={`/tenants/${set.tenant_id}`}>
                      {set.limit.scope === 'organization' ? set.name : `${set.name ?? '-'} of ${set.tenant ?? '-'}`}
                    </Link>
                  )}
                </td>
                <th scope="row">{kindOf(set.limit.kind).label}</th>
                <td className="number medium">{amount(set.limit.kind, set.limit.value)}</td>
                <td className="number">
                  <ActionIcon
                    variant="subtle"
                    aria-label={`Remove ${kindOf(set.limit.kind).label} of ${set.name ?? set.limit.scope_id}`}
                    onClick={() => {
                      remove.mutate(set);
                    }}
                  >
                    <Icon name="close" small />
                  </ActionIcon>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Fault error={remove.error} />
      <LimitForm
        kinds={KINDS.map((k) => k.kind).filter((kind) => kind !== 'credit')}
        head={
          <SegmentedControl
            aria-label="For whom"
            data={[
              { value: 'plan', label: 'Each tenant on a plan' },
              { value: 'organization', label: 'One tenant' },
            ]}
            value={whom}
            onChange={setWhom}
          />
        }
        fields={
          whom === 'plan' ? (
            <Select label="Plan" data={(plans.data?.data ?? []).map((p) => p.name)} value={id === '' ? null : id} allowDeselect={false} onChange={setPlan} />
          ) : (
            <TenantPicker
              label="Tenant"
              placeholder="Choose a tenant"
              value={tenant.name}
              onChange={(name, tenantId) => {
                setTenant({ name, id: tenantId });
              }}
            />
          )
        }
        ready={id !== ''}
        effect={whom === 'organization' && id !== '' ? { tenantId: id, model } : undefined}
        note={() => 'It counts for every request that is admitted after the answer, on all servers.'}
        onSet={async (change) => {
          await answer(api.PUT('/admin/limits', { body: { scope: whom, scope_id: id, model, ...change } }));
          await changed();
        }}
        onClose={onClose}
      />
    </Dialog>
  );
}
