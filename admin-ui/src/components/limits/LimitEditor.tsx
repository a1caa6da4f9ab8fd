import { ActionIcon, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { useModelIds } from '../../lib/lists';
import { useSession } from '../../lib/session';
import { Icon } from '../Icon';
import { Fault, Loading } from '../states';
import { LimitForm } from './LimitForm';
import { amount, KINDS, kindOf } from './limits';

type Setting = Data<'LimitBody'>;

/** Where limits are set: by the operator on a tenant or a plan, by a tenant's own people on its projects and keys. */
export interface Place {
  scope: 'organization' | 'project' | 'key' | 'plan' | 'plan_project' | 'plan_key';
  /** Id, or a plan's name. */
  id: string;
  /** Whose project or key. */
  tenantId?: string;
  name: string;
}

/** Limits that are set here, to be changed one by one. */
export function LimitEditor({ place, onClose }: { place: Place; onClose: () => void }) {
  const queries = useQueryClient();
  const calls = useCalls(place);
  const models = useModelIds();
  const [model, setModel] = useState('');
  const key = ['limit-settings', place.scope, place.id];
  const limits = useQuery({ queryKey: key, queryFn: calls.list });
  const changed = async () => {
    await queries.invalidateQueries({ queryKey: key });
    await queries.invalidateQueries({ queryKey: ['limits'] });
    await queries.invalidateQueries({ queryKey: ['model-limits'] });
  };
  const remove = useMutation({ mutationFn: calls.remove, onSuccess: changed });
  const kinds = KINDS.map((k) => k.kind).filter((kind) => kind !== 'credit' || place.scope === 'organization' || place.scope === 'plan');
  const replaced = (kind: string) => limits.data?.data.find((limit) => limit.kind === kind && limit.model === model);
  const tenantId = place.scope === 'organization' ? place.id : place.tenantId;
  return (
    <>
      {limits.isError ? (
        <Fault error={limits.error} />
      ) : limits.data === undefined ? (
        <Loading lines={2} />
      ) : limits.data.data.length === 0 ? (
        <p className="secondary dialog-text">{place.scope.startsWith('plan') ? 'None is set.' : 'None is set here: what its plan says counts.'}</p>
      ) : (
        <table className="limits-set">
          <caption className="sr">Limits set on {place.name}</caption>
          <tbody>
            {limits.data.data.map((limit) => (
              <tr key={`${limit.kind} ${limit.model}`}>
                <th scope="row">
                  {kindOf(limit.kind).label}
                  {limit.model === '' ? '' : ` for ${limit.model}`}
                </th>
                <td className="secondary">{limit.partial ? 'cuts answers short' : ''}</td>
                <td className="number medium">{amount(limit.kind, limit.value)}</td>
                <td className="number">
                  <ActionIcon
                    variant="subtle"
                    aria-label={`Remove ${kindOf(limit.kind).label}${limit.model === '' ? '' : ` for ${limit.model}`}`}
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
      <LimitForm
        kinds={kinds}
        fields={
          <Select
            label="Of model"
            data={[{ value: '', label: 'All together' }, ...(models.data ?? [])]}
            value={model}
            allowDeselect={false}
            onChange={(next) => {
              setModel(next ?? '');
            }}
          />
        }
        effect={
          tenantId === undefined
            ? undefined
            : {
                tenantId,
                model,
                ...(place.scope === 'project' ? { projectId: place.id } : {}),
                ...(place.scope === 'key' ? { keyId: place.id } : {}),
              }
        }
        note={(kind) => {
          const before = replaced(kind);
          return `${before ? `Replaces ${amount(kind, before.value)}. ` : ''}It counts for every request that is admitted after the answer, on all servers.`;
        }}
        onSet={async (change) => {
          await calls.set({ ...change, model });
          await changed();
        }}
        onClose={onClose}
      />
    </>
  );
}

interface Change {
  kind: string;
  model: string;
  value: number;
  partial: boolean;
}

function useCalls({ scope, id, tenantId }: Place) {
  const { api, within } = useSession();
  if (scope === 'project' || scope === 'key') {
    const own = within(tenantId ?? '');
    const where = scope === 'project' ? { project_id: id } : { api_key_id: id };
    return {
      list: () => answer<{ data: Setting[] }>(own.GET('/v1/organization/limits/settings', { params: { query: where } })),
      set: (change: Change) => answer(own.PUT('/v1/organization/limits/settings', { body: { ...where, ...change } })),
      remove: ({ kind, model }: Setting) =>
        answer(own.DELETE('/v1/organization/limits/settings', { params: { query: { ...where, kind, model } } })),
    };
  }
  const where = { scope, scope_id: id };
  return {
    list: () => answer<{ data: Setting[] }>(api.GET('/admin/limits', { params: { query: where } })),
    set: (change: Change) => answer(api.PUT('/admin/limits', { body: { ...where, ...change } })),
    remove: ({ kind, model }: Setting) => answer(api.DELETE('/admin/limits', { params: { query: { ...where, kind, model } } })),
  };
}
