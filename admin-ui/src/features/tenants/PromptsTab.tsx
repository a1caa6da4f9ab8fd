import { Button, NumberInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmByName } from '../../components/ConfirmByName';
import { Dialog } from '../../components/Dialog';
import { Panel } from '../../components/Panel';
import { Failure, Fault, Loading } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { full, moment } from '../../lib/format';
import { useSession } from '../../lib/session';

type Storage = Data<'PromptStorageStorage', 'since'>;
const PATH = '/v1/organization/prompt_storage';
const MOST_DAYS = 90;

/** Whether what requests say and are answered is kept, and for how long. */
export function PromptsTab({ tenantId, name, mayChange }: { tenantId: string; name: string; mayChange: boolean }) {
  const { within } = useSession();
  const queries = useQueryClient();
  const [opened, setOpened] = useState<'on' | 'off'>();
  const key = ['prompt-storage', tenantId];
  const storage = useQuery({ queryKey: key, queryFn: () => answer<Storage>(within(tenantId).GET(PATH)), staleTime: 0, refetchInterval: 15_000 });
  const changed = () => queries.invalidateQueries({ queryKey: key });
  const close = () => {
    setOpened(undefined);
  };
  if (storage.data === undefined) {
    return (
      <Panel title="Prompts and answers">
        {storage.isError ? (
          <Failure what="This could not be read." error={storage.error} onRetry={() => void storage.refetch()} />
        ) : (
          <Loading lines={3} />
        )}
      </Panel>
    );
  }
  const { store_prompts: on, retention_days: days, since, stored } = storage.data;
  return (
    <>
      <Panel
        title="Prompts and answers"
        right={
          mayChange && (
            <span className="row">
              {on && (
                <Button
                  variant="default"
                  onClick={() => {
                    setOpened('off');
                  }}
                >
                  Stop and delete
                </Button>
              )}
              <Button
                variant={on ? 'default' : 'filled'}
                onClick={() => {
                  setOpened('on');
                }}
              >
                {on ? 'Change how long' : 'Store them'}
              </Button>
            </span>
          )
        }
        foot="Admins and owners of the tenant, and who operates this installation, can read what is stored. Each reading is in the audit log. A request with store: false is never stored."
      >
        <dl className="facts">
          <dt>Stored</dt>
          <dd>{on ? <StatusTag status="info">Yes</StatusTag> : <StatusTag status="neutral">No</StatusTag>}</dd>
          {on && since !== null && (
            <>
              <dt>Since</dt>
              <dd>{moment(new Date(since))}</dd>
              <dt>Each for</dt>
              <dd>{days === 1 ? '1 day' : `${days} days`}</dd>
              <dt>Stored now</dt>
              <dd>
                {full(stored)} {stored === 1 ? 'request' : 'requests'}
              </dd>
            </>
          )}
          {!on && (
            <>
              <dt>What is kept</dt>
              <dd>Tokens, times and costs of each request; not a word of it.</dd>
            </>
          )}
        </dl>
      </Panel>
      {opened === 'on' && <StoreDialog tenantId={tenantId} name={name} days={days} on={on} onClose={close} onChanged={changed} />}
      {opened === 'off' && (
        <ConfirmByName
          verb="Delete"
          what="prompts of"
          name={name}
          keep="Keep storing"
          onClose={close}
          act={async () => {
            await answer(within(tenantId).PUT(PATH, { body: { store_prompts: false } }));
            await changed();
          }}
        >
          <p>
            Prompts and answers of {full(stored)} {stored === 1 ? 'request' : 'requests'} are deleted now and cannot be brought back; no more are stored.
            Tokens, times and costs stay.
          </p>
        </ConfirmByName>
      )}
    </>
  );
}

interface StoreProps {
  tenantId: string;
  name: string;
  days: number;
  on: boolean;
  onClose: () => void;
  onChanged: () => Promise<unknown>;
}

function StoreDialog({ tenantId, name, days, on, onClose, onChanged }: StoreProps) {
  const { within } = useSession();
  const [value, setValue] = useState<number | string>(days);
  const store = useMutation({
    mutationFn: () => answer(within(tenantId).PUT(PATH, { body: { store_prompts: true, retention_days: Number(value) } })),
    onSuccess: async () => {
      await onChanged();
      onClose();
    },
  });
  return (
    <Dialog title={on ? 'How long prompts are stored' : `Store prompts of ${name}`} opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          store.mutate();
        }}
      >
        {!on && (
          <p className="secondary">
            Of each request from now on, up to 64 KiB of its prompt and 64 KiB of its answers. They can hold personal data: tell those whose they are.
          </p>
        )}
        <NumberInput
          data-autofocus
          label="Days"
          description={on ? 'Older ones are deleted within 10 min' : `1 to ${MOST_DAYS}; older ones are deleted`}
          min={1}
          max={MOST_DAYS}
          decimalScale={0}
          value={value}
          onChange={setValue}
        />
        <Fault error={store.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={store.isPending} disabled={value === ''}>
            {on ? 'Save' : 'Store them'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
