import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmByName } from '../../components/ConfirmByName';
import { Failure, Fault, Loading } from '../../components/states';
import { type Status, StatusTag } from '../../components/StatusTag';
import { answer } from '../../lib/api/client';
import type { Data } from '../../lib/api/types';
import { moment } from '../../lib/format';
import { useSession } from '../../lib/session';
import type { Delivery, Webhook } from './api';

interface Props {
  tenantId: string;
  webhook: Webhook;
  mayChange: boolean;
  onChanged: () => void;
  onSecret: (secret: { url: string; secret: string }) => void;
}

/** One address, what became of its last messages, and a test. */
export function WebhookRow({ tenantId, webhook, mayChange, onChanged, onSecret }: Props) {
  const { within } = useSession();
  const queries = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const params = { path: { webhookId: webhook.id } };
  const deliveries = useQuery({
    queryKey: ['deliveries', webhook.id],
    queryFn: () =>
      answer<{ data: Delivery[] }>(
        within(tenantId).GET('/v1/organization/webhooks/{webhookId}/deliveries', { params: { ...params, query: { limit: 5 } } }),
      ),
    refetchInterval: (query) => (query.state.data?.data.some((d) => d.status === 'pending') ? 1000 : 15_000),
  });
  const test = useMutation({
    mutationFn: () => answer(within(tenantId).POST('/v1/organization/webhooks/{webhookId}/test', { params })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['deliveries', webhook.id] }),
  });
  const rotate = useMutation({
    mutationFn: () => answer<Data<'WebhookWithSecret'>>(within(tenantId).POST('/v1/organization/webhooks/{webhookId}/rotate_secret', { params })),
    onSuccess: onSecret,
  });
  return (
    <section className="webhook" aria-label={`Webhook ${webhook.url}`}>
      <div className="row between">
        <div className="grow">
          <span className="mono medium">{webhook.url}</span>{' '}
          {webhook.status === 'active' ? <StatusTag status="ok">Active</StatusTag> : <StatusTag status="neutral">Off</StatusTag>}
          <p className="small quiet">
            {webhook.description === '' ? '' : `${webhook.description}; `}told of {webhook.events.join(', ')}
          </p>
        </div>
        {mayChange && (
          <div className="row">
            <Button
              variant="default"
              loading={test.isPending}
              onClick={() => {
                test.mutate();
              }}
            >
              Test
            </Button>
            <Button
              variant="subtle"
              loading={rotate.isPending}
              onClick={() => {
                rotate.mutate();
              }}
            >
              New secret
            </Button>
            <Button
              variant="subtle"
              onClick={() => {
                setDeleting(true);
              }}
            >
              Delete
            </Button>
          </div>
        )}
      </div>
      <Fault error={test.error ?? rotate.error} />
      {deliveries.isError ? (
        <Failure what="What became of its messages could not be read." error={deliveries.error} />
      ) : deliveries.data === undefined ? (
        <Loading lines={1} />
      ) : deliveries.data.data.length === 0 ? (
        <p className="small quiet">No message was sent yet. A test sends a signed sample.</p>
      ) : (
        <ul className="deliveries">
          {deliveries.data.data.map((delivery) => (
            <li key={delivery.id} className="row">
              <StatusTag status={STATUS[delivery.status] ?? 'neutral'}>{WORD[delivery.status] ?? delivery.status}</StatusTag>
              <span className="mono small">{delivery.type}</span>
              <span className="small secondary">{moment(new Date(delivery.created_at * 1000))}</span>
              <span className="small secondary">{answerWords(delivery)}</span>
            </li>
          ))}
        </ul>
      )}
      {deleting && (
        <ConfirmByName
          verb="Delete"
          what="webhook"
          name={new URL(webhook.url).host}
          onClose={() => {
            setDeleting(false);
          }}
          act={async () => {
            await answer(within(tenantId).DELETE('/v1/organization/webhooks/{webhookId}', { params }));
            onChanged();
          }}
        >
          <p>Nothing is sent to {webhook.url} any more, and what is on its way is dropped.</p>
        </ConfirmByName>
      )}
    </section>
  );
}

const STATUS: Record<string, Status> = { delivered: 'ok', pending: 'waiting', failed: 'bad' };
const WORD: Record<string, string> = { delivered: 'Delivered', pending: 'On its way', failed: 'Failed' };

function answerWords(delivery: Delivery): string {
  const tries = `${delivery.attempts} ${delivery.attempts === 1 ? 'try' : 'tries'}`;
  const last = delivery.last_error ?? (delivery.last_status === null ? '' : `HTTP ${delivery.last_status}`);
  const next = delivery.next_attempt_at === null || delivery.attempts === 0 ? '' : `next at ${moment(new Date(delivery.next_attempt_at * 1000))}`;
  return [tries, last, next].filter((part) => part !== '').join('; ');
}
