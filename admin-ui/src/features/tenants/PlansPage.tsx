import { Button, Checkbox, NumberInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { Page } from '../../components/Page';
import { Panel } from '../../components/Panel';
import { Failure, Fault, Loading } from '../../components/states';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { full } from '../../lib/format';
import { useSession } from '../../lib/session';
import { PlanLimitsDialog } from './PlanLimitsDialog';

type Plan = Data<'PlanBody', 'cache_group' | 'max_queued_requests' | 'max_queued_tokens' | 'max_output_tokens_per_minute'>;

const TIERS = ['priority', 'default', 'flex', 'batch'];

/** What tenants may ask for, and how the machine is shared between them. */
export function PlansPage() {
  const { api } = useSession();
  const [editing, setEditing] = useState<Plan | 'new'>();
  const [limiting, setLimiting] = useState<string>();
  const plans = useQuery({
    queryKey: ['plans'],
    queryFn: () => answer<{ data: Plan[] }>(api.GET('/admin/plans', { params: { query: { limit: 200 } } })),
  });
  return (
    <Page
      title="Plans"
      parent={{ to: '/tenants', label: 'Tenants' }}
      actions={
        <Button
          leftSection={<Icon name="plus" small />}
          onClick={() => {
            setEditing('new');
          }}
        >
          New plan
        </Button>
      }
    >
      <Panel title="Plans" note="a change counts from a tenant's next request on">
        {plans.isError ? (
          <Failure what="Plans could not be read." error={plans.error} onRetry={() => void plans.refetch()} />
        ) : plans.data === undefined ? (
          <Loading />
        ) : (
          <div className="scroll-x" tabIndex={0} role="region" aria-label="Table of plans">
            <table>
              <caption className="sr">Plans</caption>
              <thead>
                <tr>
                  <th scope="col">Plan</th>
                  <th scope="col">Tiers</th>
                  <th scope="col" className="wide-only">
                    Auto is
                  </th>
                  <th scope="col" className="number">
                    Weight
                  </th>
                  <th scope="col" className="number wide-only">
                    May wait, requests
                  </th>
                  <th scope="col" className="number wide-only">
                    Output tokens per minute
                  </th>
                  <th scope="col" className="wide-only">
                    Shares cache with
                  </th>
                  <th scope="col" className="number">
                    <span className="sr">Acts</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {plans.data.data.map((plan) => (
                  <tr key={plan.name}>
                    <td>
                      <button
                        type="button"
                        className="cell-name"
                        onClick={() => {
                          setEditing(plan);
                        }}
                      >
                        {plan.name}
                      </button>
                    </td>
                    <td className="secondary">{plan.tiers.join(', ')}</td>
                    <td className="secondary wide-only">{plan.auto_tier}</td>
                    <td className="number">{plan.weight}</td>
                    <td className="number wide-only">{plan.max_queued_requests === null ? '-' : full(plan.max_queued_requests)}</td>
                    <td className="number wide-only">
                      {plan.max_output_tokens_per_minute === null ? '-' : full(plan.max_output_tokens_per_minute)}
                    </td>
                    <td className="secondary wide-only">{plan.cache_group ?? 'nobody'}</td>
                    <td className="number">
                      <Button
                        variant="subtle"
                        aria-label={`Limits of ${plan.name}`}
                        onClick={() => {
                          setLimiting(plan.name);
                        }}
                      >
                        Limits
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
      {editing && (
        <PlanDialog
          plan={editing === 'new' ? undefined : editing}
          onClose={() => {
            setEditing(undefined);
          }}
        />
      )}
      {limiting !== undefined && (
        <PlanLimitsDialog
          plan={limiting}
          onClose={() => {
            setLimiting(undefined);
          }}
        />
      )}
    </Page>
  );
}

function PlanDialog({ plan, onClose }: { plan: Plan | undefined; onClose: () => void }) {
  const { api } = useSession();
  const queries = useQueryClient();
  const [name, setName] = useState(plan?.name ?? '');
  const [tiers, setTiers] = useState(plan?.tiers ?? ['default', 'flex', 'batch']);
  const [weight, setWeight] = useState<number | string>(plan?.weight ?? 1);
  const [queued, setQueued] = useState<number | string>(plan?.max_queued_requests ?? '');
  const [output, setOutput] = useState<number | string>(plan?.max_output_tokens_per_minute ?? '');
  const save = useMutation({
    mutationFn: () => {
      const body = {
        name,
        tiers,
        weight: Number(weight),
        ...(plan?.cache_group == null ? {} : { cache_group: plan.cache_group }),
        ...(plan?.max_queued_tokens == null ? {} : { max_queued_tokens: plan.max_queued_tokens }),
        ...(queued === '' ? {} : { max_queued_requests: Number(queued) }),
        ...(output === '' ? {} : { max_output_tokens_per_minute: Number(output) }),
      };
      return answer(
        plan === undefined ? api.POST('/admin/plans', { body }) : api.PUT('/admin/plans/{name}', { params: { path: { name } }, body }),
      );
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['plans'] });
      onClose();
    },
  });
  return (
    <Dialog title={plan === undefined ? 'New plan' : `Plan ${plan.name}`} opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        {plan === undefined && (
          <TextInput
            data-autofocus
            label="Name"
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
        )}
        <Checkbox.Group label="Tiers that requests may name" value={tiers} onChange={setTiers}>
          <div className="row">
            {TIERS.map((tier) => (
              <Checkbox key={tier} value={tier} label={tier} />
            ))}
          </div>
        </Checkbox.Group>
        <div className="form-row">
          <NumberInput label="Weight" description="share beside others" min={0.015625} max={64} hideControls value={weight} onChange={setWeight} />
          <NumberInput label="May wait, requests" description="empty: no own bound" min={1} hideControls value={queued} onChange={setQueued} />
          <NumberInput label="Output tokens/min" description="empty: none" min={1} hideControls value={output} onChange={setOutput} />
        </div>
        <Fault error={save.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={name === '' || tiers.length === 0}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
