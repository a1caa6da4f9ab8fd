import { Button, Checkbox, MultiSelect, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { TenantPicker } from '../../components/TenantPicker';
import { answer } from '../../lib/api/client';
import { date } from '../../lib/format';
import { useModelNames, useProjects } from '../../lib/lists';
import { useSession } from '../../lib/session';
import { type NewKey, SCOPES, scopeWords, type Shown } from './api';

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
  const [form, setForm] = useState({ name: '', project: '', expiry: String(90 * DAY), cidrs: '' });
  const [scopes, setScopes] = useState(SCOPES.map((s) => s.value));
  const [models, setModels] = useState<string[]>([]);
  const projects = useProjects(tenant.id ?? undefined, tenant.id !== null);
  const modelIds = useModelNames();
  const usual = projects.data?.data[0]?.id ?? '';
  const project = form.project === '' ? usual : form.project;
  const set = (change: Partial<typeof form>) => {
    setForm((old) => ({ ...old, ...change }));
  };
  const create = useMutation({
    mutationFn: () => {
      const networks = form.cidrs.split(/[\s,]+/).filter((cidr) => cidr !== '');
      return answer<NewKey>(
        within(tenant.id ?? '').POST('/v1/organization/projects/{projectId}/api_keys', {
          params: { path: { projectId: project } },
          body: {
            name: form.name,
            scopes,
            ...(form.expiry === '0' ? {} : { expires_in_seconds: Number(form.expiry) }),
            ...(models.length === 0 ? {} : { allowed_models: models }),
            ...(networks.length === 0 ? {} : { allowed_cidrs: networks }),
          },
        }),
      );
    },
    onSuccess: (made) => {
      const until = form.expiry === '0' ? 'never expires' : `expires ${date(new Date(Date.now() + Number(form.expiry) * 1000))}`;
      onMade({ name: made.name, secret: made.value, note: `${scopeWords(scopes)}; ${models.length === 0 ? 'all models' : models.join(', ')}; ${until}.` });
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
        <Checkbox.Group label="It may" value={scopes} onChange={setScopes}>
          <div className="row">
            {SCOPES.map((s) => (
              <Checkbox key={s.value} value={s.value} label={s.label} />
            ))}
          </div>
        </Checkbox.Group>
        <MultiSelect
          label="Models"
          description="None chosen: all models"
          data={modelIds.data ?? []}
          value={models}
          onChange={setModels}
          searchable
        />
        <div className="form-row">
          <Select
            label="Expires"
            data={EXPIRIES}
            value={form.expiry}
            allowDeselect={false}
            onChange={(value) => {
              set({ expiry: value ?? '0' });
            }}
          />
          <TextInput
            label="Networks"
            placeholder="any, or 10.0.0.0/8"
            value={form.cidrs}
            onChange={(event) => {
              set({ cidrs: event.currentTarget.value });
            }}
          />
        </div>
        <Fault error={create.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={form.name === '' || project === '' || scopes.length === 0}>
            Make the key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
