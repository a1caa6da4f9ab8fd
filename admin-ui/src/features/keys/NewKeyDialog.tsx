import { Button, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { TenantPicker } from '../../components/TenantPicker';
import { answer } from '../../lib/api/client';
import { date } from '../../lib/format';
import { useProjects } from '../../lib/lists';
import { useSession } from '../../lib/session';
import { type NewKey, scopeWords, type Shown } from './api';
import { complete, modelsInWords, NO_RULES, wireOf } from './rules';
import { RuleFields } from './RuleFields';

const DAY = 86_400;
const EXPIRIES = [
  { value: '0', label: 'Never' },
  { value: String(DAY), label: 'In a day' },
  { value: String(30 * DAY), label: 'In 30 days' },
  { value: String(90 * DAY), label: 'In 90 days' },
  { value: String(365 * DAY), label: 'In a year' },
];

/** Name, project, scopes, models, networks, expiry; the secret is shown by whoever opened this. */
export function NewKeyDialog({ onClose, onMade }: { onClose: () => void; onMade: (made: Shown) => void }) {
  const { scope, within } = useSession();
  const [tenant, setTenant] = useState<{ name: string; id: string | null }>(
    scope.kind === 'tenant' ? scope : { name: '', id: null },
  );
  const [form, setForm] = useState({ name: '', project: '', expiry: String(90 * DAY) });
  const [rules, setRules] = useState(NO_RULES);
  const projects = useProjects(tenant.id ?? undefined, tenant.id !== null);
  const usual = projects.data?.data[0]?.id ?? '';
  const project = form.project === '' ? usual : form.project;
  const set = (change: Partial<typeof form>) => {
    setForm((old) => ({ ...old, ...change }));
  };
  const create = useMutation({
    mutationFn: () =>
      answer<NewKey>(
        within(tenant.id ?? '').POST('/v1/organization/projects/{projectId}/api_keys', {
          params: { path: { projectId: project } },
          body: {
            name: form.name,
            ...(form.expiry === '0' ? {} : { expires_in_seconds: Number(form.expiry) }),
            ...(wireOf(rules) as object),
          },
        }),
      ),
    onSuccess: (made) => {
      const until = form.expiry === '0' ? 'never expires' : `expires ${date(new Date(Date.now() + Number(form.expiry) * 1000))}`;
      onMade({ name: made.name, secret: made.value, note: `${scopeWords(rules.scopes)}; ${modelsInWords(rules)}; ${until}.` });
    },
  });
  return (
    <Dialog title="New key" opened onClose={onClose}>
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
          description="What will use it, such as prod-eu"
          required
          withAsterisk={false}
          value={form.name}
          onChange={(event) => {
            set({ name: event.currentTarget.value });
          }}
        />
        {scope.kind === 'all' && (
          <TenantPicker
            label="Tenant"
            placeholder="Choose"
            required
            value={tenant.name}
            onChange={(name, id) => {
              setTenant({ name, id });
              set({ project: '' });
            }}
          />
        )}
        <Select
          label="Project"
          data={(projects.data?.data ?? []).map((p) => ({ value: p.id, label: p.name }))}
          value={project}
          allowDeselect={false}
          disabled={tenant.id === null}
          onChange={(value) => {
            set({ project: value ?? '' });
          }}
        />
        <RuleFields value={rules} onChange={setRules} />
        <Select
          label="Expires"
          data={EXPIRIES}
          value={form.expiry}
          allowDeselect={false}
          onChange={(value) => {
            set({ expiry: value ?? '0' });
          }}
        />
        <Fault error={create.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={form.name === '' || project === '' || !complete(rules)}>
            Make the key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
