import { ActionIcon, Button, NumberInput, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { Fault, Loading } from '../../components/states';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { useModelIds } from '../../lib/lists';
import { useSession } from '../../lib/session';
import { amount, KINDS, kindOf } from './limits';

type Setting = Data<'LimitBody'>;

/** Limits of the organization itself; what its plan says counts where none is set here. */
export function EditLimitsDialog({ tenantId, name, onClose }: { tenantId: string; name: string; onClose: () => void }) {
  const { api } = useSession();
  const queries = useQueryClient();
  const [kind, setKind] = useState('tokens_per_minute');
  const [model, setModel] = useState('');
  const [value, setValue] = useState<number | string>('');
  const models = useModelIds();
  const limits = useQuery({
    queryKey: ['limit-settings', tenantId],
    queryFn: () =>
      answer<{ data: Setting[] }>(api.GET('/admin/limits', { params: { query: { scope: 'organization', scope_id: tenantId } } })),
  });
  const changed = async () => {
    await queries.invalidateQueries({ queryKey: ['limit-settings', tenantId] });
    await queries.invalidateQueries({ queryKey: ['limits', tenantId] });
  };
  const set = useMutation({
    mutationFn: () =>
      answer(
        api.PUT('/admin/limits', {
          body: {
            scope: 'organization',
            scope_id: tenantId,
            kind,
            model,
            value: Math.round(Number(value) * (kindOf(kind).money ? 1e6 : 1)),
          },
        }),
      ),
    onSuccess: async () => {
      setValue('');
      await changed();
    },
  });
  const remove = useMutation({
    mutationFn: (limit: Setting) =>
      answer(
        api.DELETE('/admin/limits', {
          params: { query: { scope: 'organization', scope_id: tenantId, kind: limit.kind, model: limit.model } },
        }),
      ),
    onSuccess: changed,
  });
  return (
    <Dialog title={`Limits of ${name}`} opened onClose={onClose} wide>
      {limits.data === undefined ? (
        <Loading lines={2} />
      ) : limits.data.data.length === 0 ? (
        <p className="secondary dialog-text">None is set here: what its plan says counts.</p>
      ) : (
        <table className="dialog-text">
          <caption className="sr">Limits set on {name}</caption>
          <tbody>
            {limits.data.data.map((limit) => (
              <tr key={`${limit.kind} ${limit.model}`}>
                <th scope="row">
                  {kindOf(limit.kind).label}
                  {limit.model === '' ? '' : ` of ${limit.model}`}
                </th>
                <td className="number medium">{amount(limit.kind, limit.value)}</td>
                <td className="number">
                  <ActionIcon
                    variant="subtle"
                    aria-label={`Remove ${kindOf(limit.kind).label}`}
                    onClick={() => {
                      remove.mutate(limit);
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
        <div className="form-row">
          <Select
            label="Limit"
            data={KINDS.map((k) => ({ value: k.kind, label: k.label }))}
            value={kind}
            allowDeselect={false}
            onChange={(next) => {
              setKind(next ?? kind);
            }}
          />
          <Select
            label="Model"
            data={[{ value: '', label: 'All together' }, ...(models.data ?? [])]}
            value={model}
            allowDeselect={false}
            onChange={(next) => {
              setModel(next ?? '');
            }}
          />
          <NumberInput
            label={`At most, in ${kindOf(kind).unit}`}
            min={0}
            decimalScale={kindOf(kind).money ? 6 : 0}
            thousandSeparator=","
            value={value}
            hideControls
            onChange={setValue}
          />
        </div>
        <p className="small quiet">It counts for every request that is admitted after the answer, on all servers.</p>
        <Fault error={set.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button type="submit" loading={set.isPending} disabled={value === ''}>
            Set the limit
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
