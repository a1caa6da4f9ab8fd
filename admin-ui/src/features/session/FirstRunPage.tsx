import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Fault } from '../../components/states';
import { answer, apiFor } from '../../lib/api/client';
import type { SessionData } from '../../lib/session';
import { Gate } from './Gate';

/** Nobody has an account yet: the admin key makes the first one, which owns and operates everything. */
export function FirstRunPage({ onSignedIn }: { onSignedIn: (session: SessionData) => void }) {
  const [form, setForm] = useState({ adminKey: '', name: '', email: '', password: '' });
  const set = (change: Partial<typeof form>) => {
    setForm((old) => ({ ...old, ...change }));
  };
  const create = useMutation({
    mutationFn: () =>
      answer<SessionData>(
        apiFor({ bearer: form.adminKey.trim() }).POST('/auth/first-owner', {
          body: { name: form.name, email: form.email, password: form.password },
        }),
      ),
    onSuccess: onSignedIn,
  });
  return (
    <Gate title="Make the owner's account" where={window.location.host}>
      <p className="secondary">
        Nobody has an account yet. The first one owns this installation. The admin key stands in the log of the first
        start, or is what PENSTOCK_ADMIN_KEY says.
      </p>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <PasswordInput
          label="Admin key"
          autoComplete="off"
          required
          withAsterisk={false}
          value={form.adminKey}
          onChange={(event) => {
            set({ adminKey: event.currentTarget.value });
          }}
        />
        <TextInput
          label="Name"
          autoComplete="name"
          required
          withAsterisk={false}
          value={form.name}
          onChange={(event) => {
            set({ name: event.currentTarget.value });
          }}
        />
        <TextInput
          label="Email"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          value={form.email}
          onChange={(event) => {
            set({ email: event.currentTarget.value });
          }}
        />
        <PasswordInput
          label="Password"
          description="At least 10 characters"
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={form.password}
          onChange={(event) => {
            set({ password: event.currentTarget.value });
          }}
        />
        <Fault error={create.error} />
        <Button type="submit" loading={create.isPending} fullWidth>
          Make the account
        </Button>
      </form>
    </Gate>
  );
}
