import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { useSession } from '../../lib/session';

const EVENTS = ['budget.alert', 'invoice.created'];

interface Props {
  tenantId: string;
  onClose: () => void;
  onMade: (made: { url: string; secret: string }) => void;
}

export function NewWebhookDialog({ tenantId, onClose, onMade }: Props) {
  const { within } = useSession();
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [events, setEvents] = useState(EVENTS);
  const create = useMutation({
    mutationFn: () =>
      answer<Data<'WebhookWithSecret'>>(within(tenantId).POST('/v1/organization/webhooks', { body: { url, description, events } })),
    onSuccess: onMade,
  });
  return (
    <Dialog title="New webhook" opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextInput
          data-autofocus
          label="Address"
          description="HTTPS, on the public internet"
          placeholder="https://example.com/penstock"
          value={url}
          onChange={(event) => {
            setUrl(event.currentTarget.value);
          }}
        />
        <TextInput
          label="Description"
          value={description}
          onChange={(event) => {
            setDescription(event.currentTarget.value);
          }}
        />
        <Checkbox.Group label="It is told of" value={events} onChange={setEvents}>
          <div className="row">
            {EVENTS.map((event) => (
              <Checkbox key={event} value={event} label={event} />
            ))}
          </div>
        </Checkbox.Group>
        <Fault error={create.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={url === '' || events.length === 0}>
            Make the webhook
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
