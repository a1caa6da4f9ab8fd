import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Fault } from '../../components/states';
import { answer, apiFor } from '../../lib/api/client';
import type { SessionData } from '../../lib/session';
import { Gate } from './Gate';

interface Props {
  /** From the address's fragment, which no server sees. */
  token: string;
  onSignedIn: (session: SessionData) => void;
  /** Who has an account joined and signs in as ever. */
  onJoined: () => void;
}

export function AcceptInvitePage({ token, onSignedIn, onJoined }: Props) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const accept = useMutation({
    mutationFn: () =>
      answer<SessionData | undefined>(apiFor({}).POST('/auth/accept-invite', { body: { token, name, password } })),
    onSuccess: (session) => {
      if (session?.user) onSignedIn(session);
      else onJoined();
    },
  });
  return (
    <Gate title="Join the organization" where={window.location.host}>
      <p className="secondary">Choose how others see you and a password. If you have an account already, it stays as it is.</p>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          accept.mutate();
        }}
      >
        <TextInput
          label="Name"
          autoComplete="name"
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <PasswordInput
          label="Password"
          description="At least 10 characters"
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />
        <Fault error={accept.error} />
        <Button type="submit" loading={accept.isPending} fullWidth>
          Join
        </Button>
      </form>
    </Gate>
  );
}
