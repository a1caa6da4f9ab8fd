import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { Fault } from '../../components/states';
import type { PlaygroundKey } from './usePlaygroundKey';

interface Props {
  /** Whose key would be made. */
  of: string | undefined;
  making: boolean;
  error: Error | null;
  onMake: () => void;
  onKey: (key: PlaygroundKey) => void;
}

/** Requests from here are charged as any other, so they need a key. */
export function KeyForm({ of, making, error, onMake, onKey }: Props) {
  const [secret, setSecret] = useState('');
  return (
    <div className="chat-empty">
      <div className="gate-column">
        <h2>With which key?</h2>
        <p className="secondary">Requests from here are charged to a project, as those of any application.</p>
        {of !== undefined && (
          <Button loading={making} onClick={onMake}>
            Make a key of {of} for an hour
          </Button>
        )}
        <Fault error={error} />
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            onKey({ secret: secret.trim(), name: `key ...${secret.trim().slice(-4)}` });
          }}
        >
          <PasswordInput
            label="Or use one that you have"
            placeholder="sk-penstock-..."
            description="It stays in this tab's memory"
            autoComplete="off"
            value={secret}
            onChange={(event) => {
              setSecret(event.currentTarget.value);
            }}
          />
          <Button type="submit" variant="default" disabled={secret.trim() === ''}>
            Use this key
          </Button>
        </form>
      </div>
    </div>
  );
}
