import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { answer } from '../../lib/api/client';
import { useSession } from '../../lib/session';
import type { Key, NewKey } from './api';
import { complete, rulesOf, wireOf } from './rules';
import { RuleFields } from './RuleFields';

interface Props {
  apiKey: Key;
  onClose: () => void;
  onChanged: () => Promise<unknown>;
}

/** Name, scopes, models and networks of a key that is in use. */
export function EditKeyDialog({ apiKey, onClose, onChanged }: Props) {
  const { within } = useSession();
  const [name, setName] = useState(apiKey.name);
  const [rules, setRules] = useState(() => rulesOf(apiKey));
  const change = useMutation({
    mutationFn: () =>
      answer<NewKey>(
        within(apiKey.tenant_id).POST('/v1/organization/projects/{projectId}/api_keys/{keyId}', {
          params: { path: { projectId: apiKey.project_id, keyId: apiKey.id } },
          // null, which lifts a rule, is not told in the description
          body: { name, ...wireOf(rules) } as never,
        }),
      ),
    onSuccess: async () => {
      await onChanged();
      onClose();
    },
  });
  return (
    <Dialog title={`Edit key ${apiKey.name}`} opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <TextInput
          data-autofocus
          label="Name"
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <RuleFields value={rules} onChange={setRules} />
        <p className="small quiet">It counts within 1 s on all servers, for requests that come then; those that run go on.</p>
        <Fault error={change.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending} disabled={name === '' || !complete(rules)}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
