import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';

interface Props {
  refused: boolean;
  onEnter: (key: string) => void;
}

export function AdminKeyForm({ refused, onEnter }: Props) {
  const [key, setKey] = useState('');
  return (
    <form
      className="key-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() !== '') onEnter(key.trim());
      }}
    >
      <PasswordInput
        className="grow"
        label="Admin key"
        description="PENSTOCK_ADMIN_KEY, or printed by the first start"
        autoComplete="off"
        value={key}
        error={refused ? 'The server refused this key.' : undefined}
        onChange={(event) => {
          setKey(event.currentTarget.value);
        }}
      />
      <Button type="submit">Show models</Button>
    </form>
  );
}
