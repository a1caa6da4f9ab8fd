import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Dialog } from './Dialog';
import { Fault } from './states';

interface Props {
  /** Such as "Revoke". */
  verb: string;
  /** Such as "key". */
  what: string;
  name: string;
  /** What stops. */
  children: ReactNode;
  keep?: string;
  act: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks for the name of what will be gone; Enter works only when it matches. */
export function ConfirmByName({ verb, what, name, children, keep = 'Keep it', act, onClose }: Props) {
  const [typed, setTyped] = useState('');
  const mutation = useMutation({ mutationFn: act, onSuccess: onClose });
  const matches = typed === name;
  return (
    <Dialog title={`${verb} ${what} ${name}?`} opened onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (matches) mutation.mutate();
        }}
      >
        <div className="secondary dialog-text">{children}</div>
        <TextInput
          data-autofocus
          label={
            <>
              Type <strong>{name}</strong> to confirm
            </>
          }
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
          }}
        />
        <Fault error={mutation.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            {keep}
          </Button>
          <Button type="submit" className="danger" disabled={!matches} loading={mutation.isPending}>
            {verb} {name}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
