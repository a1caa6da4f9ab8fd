import { Autocomplete, Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { answer } from '../../lib/api/client';
import { useSession } from '../../lib/session';

interface Props {
  /** The one that is moved; empty for a new one. */
  alias: string;
  model: string;
  models: string[];
  onClose: () => void;
}

/** A new alias, or another model for one that is there. */
export function AliasDialog({ alias, model, models, onClose }: Props) {
  const { api } = useSession();
  const [name, setName] = useState(alias);
  const [target, setTarget] = useState(model);
  const set = useMutation({
    mutationFn: () => answer(api.PUT('/admin/models/aliases', { body: { alias: name.trim(), model: target.trim() } })),
    onSuccess: onClose,
  });
  const moves = alias !== '';
  return (
    <Dialog title={moves ? `Move ${alias}` : 'New alias'} opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate();
        }}
      >
        {!moves && (
          <TextInput
            data-autofocus
            label="Alias"
            description="What applications ask for"
            placeholder="chat-default"
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
        )}
        <Autocomplete
          label="Stands for"
          description="A model's own name; it may be loaded later"
          data={models}
          value={target}
          onChange={setTarget}
        />
        <p className="small quiet">
          {moves ? 'Requests that run stay where they are. ' : ''}Keys that may call the model may call it by this name; a key that allows only this
          name may call whatever it stands for.
        </p>
        <Fault error={set.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={set.isPending} disabled={name.trim() === '' || target.trim() === '' || (moves && target === model)}>
            {moves ? 'Move the alias' : 'Make the alias'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
