import { Button, PasswordInput, SegmentedControl, Switch, TextInput, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Page } from '../../components/Page';
import { Panel } from '../../components/Panel';
import { Fault } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { addressOf, answer, apiFor } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { moment, viewerZone } from '../../lib/format';
import { setShortcuts, shortcutsOn } from '../../lib/preferences';
import { useSession } from '../../lib/session';

/** Who one is here, how people sign in, what runs. */
export function SettingsPage() {
  const { data, scope, signOut } = useSession();
  const leave = useMutation({ mutationFn: signOut });
  return (
    <Page title="Settings">
      <div className="narrow stack">
        <Panel title="Profile">
          <dl className="facts">
            <dt>Name</dt>
            <dd>
              <NameForm />
            </dd>
            <dt>Email</dt>
            <dd>{data.user.email}</dd>
            <dt>Organizations</dt>
            <dd>{data.organizations.map((o) => `${o.name} (${o.role})`).join(', ') || 'none'}</dd>
            <dt>Operator</dt>
            <dd>{data.user.operator ? 'yes: all tenants, plans and models' : 'no'}</dd>
            <dt>Signed in until</dt>
            <dd>{moment(new Date(data.expires_at * 1000))}</dd>
          </dl>
          <div className="panel-body">
            <Fault error={leave.error} />
            <Button
              variant="default"
              loading={leave.isPending}
              onClick={() => {
                leave.mutate();
              }}
            >
              Sign out
            </Button>
          </div>
        </Panel>
        <Looks />
        <Password />
        <SignInWays />
        {scope.kind === 'all' && <Versions />}
      </div>
    </Page>
  );
}

function NameForm() {
  const { api, data } = useSession();
  const [name, setName] = useState(data.user.name);
  const save = useMutation({
    mutationFn: () => answer(api.POST('/auth/profile', { body: { name } })),
    onSuccess: () => {
      // The name stands in the navigation too: read the session from the start.
      window.location.reload();
    },
  });
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <TextInput
        aria-label="Name"
        autoComplete="name"
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
      {name !== data.user.name && (
        <Button type="submit" variant="default" loading={save.isPending} disabled={name.trim() === ''}>
          Save
        </Button>
      )}
      <Fault error={save.error} />
    </form>
  );
}

function Looks() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [shortcuts, change] = useState(shortcutsOn);
  return (
    <Panel title="Display">
      <div className="panel-body form">
        <div className="row between">
          <span id="theme-label">Theme</span>
          <SegmentedControl
            aria-labelledby="theme-label"
            data={[
              { value: 'auto', label: 'System' },
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
            value={colorScheme}
            onChange={(value) => {
              setColorScheme(value);
            }}
          />
        </div>
        <Switch
          label="Single keys as shortcuts: g o for Overview, / for the filter"
          checked={shortcuts}
          onChange={(event) => {
            setShortcuts(event.currentTarget.checked);
            change(event.currentTarget.checked);
          }}
        />
        <p className="small quiet">Times are shown in {viewerZone()}, the zone of this browser, with its name.</p>
      </div>
    </Panel>
  );
}

function Password() {
  const { api } = useSession();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => answer(api.POST('/auth/password', { body: { current_password: current, new_password: next } })),
    onSuccess: () => {
      // The session is a new one, with a new token: read it from the start.
      window.location.reload();
    },
  });
  return (
    <Panel title="Password" note="all your other sessions end">
      <form
        className="panel-body form"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => {
            setCurrent(event.currentTarget.value);
          }}
        />
        <PasswordInput
          label="New password"
          description="At least 10 characters"
          autoComplete="new-password"
          value={next}
          onChange={(event) => {
            setNext(event.currentTarget.value);
          }}
        />
        <Fault error={change.error} />
        <div>
          <Button type="submit" variant="default" loading={change.isPending} disabled={current === '' || next === ''}>
            Change the password
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function SignInWays() {
  const ways = useQuery({ queryKey: ['ways'], queryFn: () => answer<Data<'SignInWaysWays'>>(apiFor({}).GET('/auth/ways')) });
  return (
    <Panel title="Sign-in">
      <dl className="facts">
        <dt>Email and password</dt>
        <dd>
          <StatusTag status="ok">On</StatusTag>
        </dd>
        <dt>OpenID Connect</dt>
        <dd>
          {ways.data?.oidc ? <StatusTag status="ok">On</StatusTag> : <StatusTag status="neutral">Off</StatusTag>}{' '}
          <span className="secondary">
            {ways.data?.oidc ? 'People may also come by the provider that is set.' : 'Set PENSTOCK_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET.'}
          </span>
        </dd>
      </dl>
    </Panel>
  );
}

function Versions() {
  const { api } = useSession();
  const overview = useQuery({
    queryKey: ['about'],
    queryFn: () => answer<Data<'OverviewOverview'>>(api.GET('/admin/overview')),
  });
  return (
    <Panel title="This server">
      <dl className="facts">
        <dt>Started</dt>
        <dd>{overview.data ? moment(new Date(overview.data.started_at)) : '-'}</dd>
        <dt>Java</dt>
        <dd>{overview.data?.java_version ?? '-'}</dd>
        <dt>API description</dt>
        <dd>
          <a className="link" href={addressOf('/swagger-ui.html')}>
            Open
          </a>
        </dd>
        <dt>Metrics</dt>
        <dd>
          <a className="link" href={addressOf('/metrics')}>
            Open
          </a>
        </dd>
      </dl>
    </Panel>
  );
}
