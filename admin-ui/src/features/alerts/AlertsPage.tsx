import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmByName } from '../../components/ConfirmByName';
import { Icon } from '../../components/Icon';
import { Page } from '../../components/Page';
import { Panel, Sentence } from '../../components/Panel';
import { SecretDialog } from '../../components/SecretDialog';
import { Empty, Failure, Loading } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { TenantPicker } from '../../components/TenantPicker';
import { answer } from '../../lib/api/client';
import type { Present, Schemas } from '../../lib/api/types';
import { mayManage, useSession } from '../../lib/session';
import { useUrlState } from '../../lib/urlState';
import { NewAlertDialog } from './NewAlertDialog';
import { NewWebhookDialog } from './NewWebhookDialog';
import { kindWords, type Rule, type Webhook } from './api';
import { WebhookRow } from './WebhookRow';

/** Be told in time: rules on budgets, and where messages go. */
export function AlertsPage() {
  const { scope } = useSession();
  const [url, setUrl] = useUrlState({ tenant: '', tenant_id: '' });
  if (scope.kind === 'tenant') return <OfTenant tenantId={scope.id} name={scope.name} />;
  return url.tenant_id === '' ? (
    <Page title="Alerts">
      <Panel title="Whose alerts">
        <div className="filters">
          <TenantPicker
            label="Tenant"
            placeholder="Choose a tenant"
            value=""
            onChange={(tenant, id) => {
              if (id !== null) setUrl({ tenant, tenant_id: id });
            }}
          />
        </div>
        <Empty title="Choose a tenant.">Rules and webhooks belong to a tenant, which is told of its own budgets.</Empty>
      </Panel>
    </Page>
  ) : (
    <OfTenant
      tenantId={url.tenant_id}
      name={url.tenant}
      beside={
        <TenantPicker
          label="Tenant"
          hideLabel
          value={url.tenant}
          onChange={(tenant, id) => {
            setUrl({ tenant, tenant_id: id ?? '' });
          }}
        />
      }
    />
  );
}

function OfTenant({ tenantId, name, beside }: { tenantId: string; name: string; beside?: React.ReactNode }) {
  const { within, scope } = useSession();
  const queries = useQueryClient();
  const [adding, setAdding] = useState<'rule' | 'webhook'>();
  const [secret, setSecret] = useState<{ url: string; secret: string }>();
  const [removing, setRemoving] = useState<Rule>();
  const may = mayManage(scope);
  const rules = useQuery({
    queryKey: ['rules', tenantId],
    queryFn: () =>
      answer<Present<Schemas['ListPageSpendAlertView']>>(within(tenantId).GET('/v1/organization/spend_alerts', { params: { query: { limit: 100 } } })),
  });
  const webhooks = useQuery({
    queryKey: ['webhooks', tenantId],
    queryFn: () =>
      answer<Present<Schemas['ListPageWebhookView']>>(within(tenantId).GET('/v1/organization/webhooks', { params: { query: { limit: 100 } } })),
  });
  const changed = (what: string) => queries.invalidateQueries({ queryKey: [what, tenantId] });
  const active = (webhooks.data?.data ?? []).filter((w) => w.status === 'active').length;
  const watched = rules.data?.data.length ?? 0;
  return (
    <Page
      title="Alerts"
      beside={beside}
      actions={
        may && (
          <Button
            leftSection={<Icon name="plus" small />}
            onClick={() => {
              setAdding('rule');
            }}
          >
            New alert
          </Button>
        )
      }
    >
      {rules.data && webhooks.data && <Sentence more={active === 0 && watched > 0 ? 'No webhook is active: nobody would be told.' : undefined}>{sentence(name, watched, active)}</Sentence>}
      <Panel title="Rules" note="each tells once in its day or month">
        {rules.isError ? (
          <Failure what="Rules could not be read." error={rules.error} onRetry={() => void rules.refetch()} />
        ) : rules.data === undefined ? (
          <Loading />
        ) : rules.data.data.length === 0 ? (
          <Empty title="Nothing is watched yet.">A rule tells when a share of a budget is used.</Empty>
        ) : (
          <table>
            <caption className="sr">Rules</caption>
            <thead>
              <tr>
                <th scope="col">Watched</th>
                <th scope="col">Of</th>
                <th scope="col" className="number">
                  Tells at
                </th>
                <th scope="col" className="number">
                  <span className="sr">Acts</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rules.data.data.map((rule) => (
                <tr key={rule.id}>
                  <td>
                    {kindWords(rule.kind)}
                    {rule.model ? <span className="quiet"> of {rule.model}</span> : null}
                  </td>
                  <td className="secondary">{ofWhat(rule)}</td>
                  <td className="number medium">{rule.threshold_percent} %</td>
                  <td className="number">
                    {may && (
                      <Button
                        variant="subtle"
                        onClick={() => {
                          setRemoving(rule);
                        }}
                      >
                        Remove
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <Panel
        title="Webhooks"
        note="signed, delivered at least once"
        right={
          may && (
            <Button
              variant="default"
              leftSection={<Icon name="plus" small />}
              onClick={() => {
                setAdding('webhook');
              }}
            >
              New webhook
            </Button>
          )
        }
      >
        {webhooks.isError ? (
          <Failure what="Webhooks could not be read." error={webhooks.error} onRetry={() => void webhooks.refetch()} />
        ) : webhooks.data === undefined ? (
          <Loading />
        ) : webhooks.data.data.length === 0 ? (
          <Empty title="Messages go nowhere yet.">A webhook is an address of yours that is told what happens.</Empty>
        ) : (
          webhooks.data.data.map((webhook: Webhook) => (
            <WebhookRow key={webhook.id} tenantId={tenantId} webhook={webhook} mayChange={may} onChanged={() => void changed('webhooks')} onSecret={setSecret} />
          ))
        )}
      </Panel>
      {adding === 'rule' && (
        <NewAlertDialog
          tenantId={tenantId}
          onClose={() => {
            setAdding(undefined);
            void changed('rules');
          }}
        />
      )}
      {adding === 'webhook' && (
        <NewWebhookDialog
          tenantId={tenantId}
          onClose={() => {
            setAdding(undefined);
          }}
          onMade={(made) => {
            setAdding(undefined);
            setSecret(made);
            void changed('webhooks');
          }}
        />
      )}
      {removing && (
        <ConfirmByName
          verb="Remove"
          what="rule"
          name={`${removing.kind} ${removing.threshold_percent}`}
          onClose={() => {
            setRemoving(undefined);
          }}
          act={async () => {
            await answer(within(tenantId).DELETE('/v1/organization/spend_alerts/{alertId}', { params: { path: { alertId: removing.id } } }));
            await changed('rules');
          }}
        >
          <p>
            {kindWords(removing.kind)} at {removing.threshold_percent} % is watched no more.
          </p>
        </ConfirmByName>
      )}
      {secret && (
        <SecretDialog
          title="The webhook's secret"
          secret={secret.secret}
          variable="PENSTOCK_WEBHOOK_SECRET"
          onStored={() => {
            setSecret(undefined);
          }}
        >
          Verify what comes to {secret.url} with it, as the Standard Webhooks say.
        </SecretDialog>
      )}
    </Page>
  );
}

function sentence(name: string, rules: number, webhooks: number): string {
  if (rules === 0) return `Nothing watches ${name}'s budgets.`;
  return `${rules} ${rules === 1 ? 'rule watches' : 'rules watch'} ${name}; ${webhooks} ${webhooks === 1 ? 'webhook is' : 'webhooks are'} told.`;
}

function ofWhat(rule: Rule) {
  if (rule.api_key_id) return 'a key';
  if (rule.project_id) return 'a project';
  return <StatusTag status="neutral">the tenant</StatusTag>;
}
