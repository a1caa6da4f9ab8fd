import { ActionIcon, Button, NumberInput, SegmentedControl, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
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
  const [kind, setKind] = useState('tokens_per_minute');
  const [value, setValue] = useState<number | string>('');
  const plans = useQuery({
    queryKey: ['plans'],
    queryFn: () => answer<{ data: { name: string }[] }>(api.GET('/admin/plans', { params: { query: { limit: 200 } } })),
  });
  const changed = () => queries.invalidateQueries({ queryKey: ['model-limits'] });
  const id = whom === 'plan' ? (plan ?? plans.data?.data[0]?.name ?? '') : (tenant.id ?? '');
  const set = useMutation({
    mutationFn: () =>
      answer(
        api.PUT('/admin/limits', {
          body: { scope: whom, scope_id: id, kind, model, value: Math.round(Number(value) * (kindOf(kind).money ? 1e6 : 1)) },
        }),
      ),
    onSuccess: async () => {
      setValue('');
      await changed();
    },
  });
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
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate();
        }}
      >
        <SegmentedControl
          aria-label="For whom"
          data={[
            { value: 'plan', label: 'Each tenant on a plan' },
            { value: 'organization', label: 'One tenant' },
          ]}
          value={whom}
          onChange={setWhom}
        />
        <div className="form-row">
          {whom === 'plan' ? (
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
          )}
          <Select
            label="Limit"
            data={KINDS.filter((k) => k.kind !== 'credit').map((k) => ({ value: k.kind, label: k.label }))}
            value={kind}
            allowDeselect={false}
            onChange={(next) => {
              setKind(next ?? kind);
            }}
          />
          <NumberInput
            label={`At most, in ${kindOf(kind).unit}`}
            min={0}
            decimalScale={kindOf(kind).money ? 6 : 0}
            thousandSeparator=","
            hideControls
            value={value}
            onChange={setValue}
          />
        </div>
        <Fault error={set.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button type="submit" loading={set.isPending} disabled={value === '' || id === ''}>
            Set the limit
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
