import { ActionIcon, Button, Menu } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ConfirmByName } from '../../components/ConfirmByName';
import { CopyButton } from '../../components/CopyButton';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { LimitEditor } from '../../components/limits/LimitEditor';
import { Page } from '../../components/Page';
import { Failure, Loading } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { Tabs } from '../../components/Tabs';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { mayManage, useSession } from '../../lib/session';
import { useUrlState } from '../../lib/urlState';
import { LimitsTab } from './LimitsTab';
import { MembersTab } from './MembersTab';
import { PlanTab } from './PlanTab';
import { ProjectsTab } from './ProjectsTab';
import { PromptsTab } from './PromptsTab';

/** One organization: which limit binds next, who is in it, what it pays. */
export function TenantPage() {
  const { tenantId = '' }: { tenantId?: string } = useParams({ strict: false });
  const { api, data, scope } = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const operator = data.user.operator;
  const [url, setUrl] = useUrlState({ tab: 'limits' });
  const [editing, setEditing] = useState(false);
  const [suspending, setSuspending] = useState(false);
  const tenant = useQuery({
    queryKey: ['tenant', tenantId],
    queryFn: () => answer<Data<'TenantStoreTenant'>>(api.GET('/admin/tenants/{id}', { params: { path: { id: tenantId } } })),
    enabled: operator,
  });
  const name = operator ? tenant.data?.name : data.organizations.find((o) => o.id === tenantId)?.name;
  const changed = () => queries.invalidateQueries({ queryKey: ['tenant', tenantId] });
  const parent = scope.kind === 'all' ? { to: '/tenants', label: 'Tenants' } : undefined;
  if (operator && tenant.isError) {
    return (
      <Page title="Tenant" parent={parent}>
        <section className="panel">
          <Failure what="This tenant could not be read." error={tenant.error} onRetry={() => void tenant.refetch()} />
        </section>
      </Page>
    );
  }
  const suspended = tenant.data?.status === 'suspended';
  const setStatus = async (status: string) => {
    await answer(api.POST('/admin/tenants/{id}', { params: { path: { id: tenantId } }, body: { status } }));
    await changed();
  };
  return (
    <Page
      title={name ?? 'Tenant'}
      parent={parent}
      beside={
        <>
          {tenant.data && (suspended ? <StatusTag status="revoked">Suspended</StatusTag> : <StatusTag status="ok">Active</StatusTag>)}
          <span className="mono small quiet wide-only">{tenantId.slice(0, 8)}...</span>
          <span className="wide-only">
            <CopyButton value={tenantId} what="the tenant's id" />
          </span>
        </>
      }
      actions={
        operator && (
          <>
            <Button
              leftSection={<Icon name="edit" small />}
              onClick={() => {
                setEditing(true);
              }}
            >
              Edit limits
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="default" aria-label="More acts">
                  <Icon name="dots" />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => void navigate({ to: '/keys', search: { tenant: name } })}>
                  Its keys
                </Menu.Item>
                <Menu.Item onClick={() => void navigate({ to: '/requests', search: { tenant: name } })}>
                  Its requests
                </Menu.Item>
                {suspended ? (
                  <Menu.Item onClick={() => void setStatus('active')}>Let it call models again</Menu.Item>
                ) : (
                  <Menu.Item
                    className="bad-ink"
                    onClick={() => {
                      setSuspending(true);
                    }}
                  >
                    Suspend
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      <Tabs
        label="Parts of the tenant"
        value={url.tab}
        onChange={(tab) => {
          setUrl({ tab });
        }}
        tabs={[
          { id: 'limits', label: 'Limits and usage' },
          { id: 'projects', label: 'Projects' },
          { id: 'members', label: 'Members' },
          { id: 'plan', label: 'Plan and invoices' },
          { id: 'prompts', label: 'Prompts' },
        ]}
      />
      {name === undefined ? (
        <section className="panel">
          <Loading />
        </section>
      ) : (
        <div role="tabpanel" aria-labelledby={`tab-${url.tab}`} className="stack">
          {url.tab === 'projects' && <ProjectsTab tenantId={tenantId} mayChange={operator || mayManage(scope)} />}
          {url.tab === 'members' && <MembersTab tenantId={tenantId} mayChange={operator || mayManage(scope)} />}
          {url.tab === 'plan' && <PlanTab tenantId={tenantId} tenant={tenant.data} onChanged={() => void changed()} />}
          {url.tab === 'prompts' && <PromptsTab tenantId={tenantId} name={name} mayChange={operator || mayManage(scope)} />}
          {url.tab === 'limits' && <LimitsTab tenantId={tenantId} name={name} />}
        </div>
      )}
      {editing && (
        <Dialog
          title={`Limits of ${name ?? ''}`}
          opened
          wide
          onClose={() => {
            setEditing(false);
          }}
        >
          <LimitEditor
            place={{ scope: 'organization', id: tenantId, name: name ?? '' }}
            onClose={() => {
              setEditing(false);
            }}
          />
        </Dialog>
      )}
      {suspending && name !== undefined && (
        <ConfirmByName
          verb="Suspend"
          what="tenant"
          name={name}
          keep="Keep it active"
          act={() => setStatus('suspended')}
          onClose={() => {
            setSuspending(false);
          }}
        >
          <p>All its keys are refused within 1 s. Requests that run will finish and are charged. Nothing is deleted.</p>
        </ConfirmByName>
      )}
    </Page>
  );
}
