import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Icon } from '../../components/Icon';
import { Panel } from '../../components/Panel';
import { Fault } from '../../components/states';
import { ApiError } from '../../lib/api/error';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { bytes } from '../../lib/format';
import { mayManage, useSession } from '../../lib/session';
import type { Ended } from './api';

type Texts = Data<'PromptTexts'>;
type Storage = Data<'PromptStorageStorage', 'since'>;

/** What was said and answered, if the tenant keeps it; read by a click, because each reading is audited. */
export function PromptPanel({ booked }: { booked: Ended }) {
  const { scope, within } = useSession();
  const api = within(booked.tenant_id);
  const allowed = mayManage(scope);
  const storage = useQuery({
    queryKey: ['prompt-storage', booked.tenant_id],
    queryFn: () => answer<Storage>(api.GET('/v1/organization/prompt_storage')),
    staleTime: 60_000,
  });
  const read = useMutation({
    mutationFn: () =>
      answer<Texts>(api.GET('/v1/organization/requests/{requestId}/prompt', { params: { path: { requestId: booked.id } } })),
  });
  const on = storage.data?.store_prompts === true;
  const none = read.error instanceof ApiError && read.error.status === 404;
  return (
    <Panel
      title="Prompt and answer"
      right={
        on &&
        allowed &&
        read.data === undefined && (
          <Button
            variant="default"
            loading={read.isPending}
            onClick={() => {
              read.mutate();
            }}
          >
            Show them
          </Button>
        )
      }
      foot={
        <>
          <Icon name="lock" small /> {sentence(storage.data, allowed)}
        </>
      }
    >
      {none ? <p className="secondary">Nothing of this request is stored.</p> : <Fault error={read.error} />}
      {read.data && (
        <>
          {read.data.prompts.map((text, i) => (
            <Text key={i} label={read.data.prompts.length === 1 ? 'Prompt, as the model read it' : `Prompt ${i + 1}`} text={text} />
          ))}
          {read.data.prompts_cut && <Cut whole={read.data.prompt_bytes} what="The prompt" />}
          {read.data.answers.map((text, i) => (
            <Text key={i} label={read.data.answers.length === 1 ? 'Answer' : `Answer ${i + 1}`} text={text} />
          ))}
          {read.data.answers_cut && <Cut whole={read.data.answer_bytes} what="The answer" />}
        </>
      )}
    </Panel>
  );
}

function Text({ label, text }: { label: string; text: string }) {
  return (
    <>
      <h3>{label}</h3>
      <pre className="stored-text" tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </>
  );
}

function Cut({ whole, what }: { whole: number; what: string }) {
  return (
    <p className="small quiet">
      {what} had {bytes(whole)}; the first 64 KiB are stored.
    </p>
  );
}

function sentence(storage: Storage | undefined, allowed: boolean): string {
  if (storage === undefined) return 'Whether they are stored is being asked.';
  if (!storage.store_prompts) return 'Prompts and answers are not stored.';
  if (!allowed) return 'Stored for admins and owners of the tenant.';
  return `Stored for ${storage.retention_days} days. Each reading is in the tenant's audit log.`;
}
