import { Button, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { useSession } from '../../lib/session';
import { ROLES } from './MembersTab';

interface Props {
  tenantId: string;
  onClose: () => void;
  onInvited: (email: string, token: string) => void;
}

export function InviteDialog({ tenantId, onClose, onInvited }: Props) {
  const { within } = useSession();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('member');
  const invite = useMutation({
    mutationFn: () => answer<Data<'InviteInviteView'>>(within(tenantId).POST('/v1/organization/invites', { body: { email, role } })),
    onSuccess: (made) => {
      onInvited(made.email, made.token);
    },
  });
  return (
    <Dialog title="Invite" opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate();
        }}
      >
        <TextInput
          data-autofocus
          label="Email"
          type="email"
          value={email}
          onChange={(event) => {
            setEmail(event.currentTarget.value);
          }}
        />
        <Select
          label="Role"
          data={ROLES}
          value={role}
          allowDeselect={false}
          onChange={(value) => {
            setRole(value ?? 'member');
          }}
        />
        <Fault error={invite.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={invite.isPending} disabled={email === ''}>
            Make the invitation
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
