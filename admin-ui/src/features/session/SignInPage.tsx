import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Fault } from '../../components/states';
import { addressOf, answer, apiFor } from '../../lib/api/client';
import type { SessionData } from '../../lib/session';
import { Gate } from './Gate';
import { saying } from './saying';

interface Props {
  oidc: boolean;
  /** Why one has to sign in again. */
  notice?: string | undefined;
  onSignedIn: (session: SessionData) => void;
}

export function SignInPage({ oidc, notice, onSignedIn }: Props) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => answer<SessionData>(apiFor({}).POST('/auth/sign-in', { body: { email, password } })),
    onSuccess: onSignedIn,
    onError: () => {
      setPassword('');
    },
  });
  return (
    <Gate title="Sign in" where={window.location.host}>
      {notice !== undefined && <p className="stale">{notice}</p>}
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <TextInput
          label="Email"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          value={email}
          onChange={(event) => {
            setEmail(event.currentTarget.value);
          }}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />
        <Fault error={signIn.error === null ? null : new Error(saying(signIn.error))} />
        <Button type="submit" loading={signIn.isPending} fullWidth>
          Sign in
        </Button>
      </form>
      {oidc && (
        <Button component="a" variant="default" href={addressOf('/oauth2/authorization/oidc')} fullWidth>
          Continue with your organization
        </Button>
      )}
      <p className="small quiet">No account? Someone who administers your organization can send you an invitation.</p>
    </Gate>
  );
}
