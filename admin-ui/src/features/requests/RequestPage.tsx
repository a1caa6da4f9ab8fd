import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { TimeChart } from '../../components/charts/TimeChart';
import { CopyButton } from '../../components/CopyButton';
import { Page } from '../../components/Page';
import { Panel, Sentence } from '../../components/Panel';
import { Failure, Loading } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { Tiles } from '../../components/Tiles';
import { answer } from '../../lib/api/client';
import { bytes, duration, exactMoney, full, gibSeconds, moment, percent } from '../../lib/format';
import { mayMakeKeys, useSession } from '../../lib/session';
import { type Detail, type Ended, reasonOf, shortId, statusOf } from './api';
import { CancelDialog } from './CancelDialog';
import { CostPanel } from './CostPanel';
import { EventsPanel } from './EventsPanel';
import { kvRoomOf } from './kvRoom';
import { PromptPanel } from './PromptPanel';
import { happenings, lanesOf, type Lanes } from './timeline';
import { Timeline } from './Timeline';

/** Where one request's time went, why it waited, what it cost. */
export function RequestPage() {
  const { requestId = '' }: { requestId?: string } = useParams({ strict: false });
  const { api, scope } = useSession();
  const [cancelling, setCancelling] = useState(false);
  const params = { path: { requestId } };
  const found = useQuery({
    queryKey: ['request', scope, requestId],
    queryFn: () =>
      answer<Detail>(
        scope.kind === 'all' ? api.GET('/admin/requests/{requestId}', { params }) : api.GET('/v1/organization/requests/{requestId}', { params }),
      ),
    refetchInterval: (query) => (query.state.data?.running ? 1000 : false),
  });
  const detail = found.data;
  const [status, word] = statusOf(detail?.booked?.status ?? detail?.running?.status ?? '', detail?.booked?.error_code ?? null);
  return (
    <Page
      title={shortId(requestId)}
      parent={{ to: '/requests', label: 'Requests' }}
      beside={
        <>
          <CopyButton value={requestId} what="the request id" />
          {detail && <StatusTag status={status}>{word}</StatusTag>}
        </>
      }
      actions={
        detail?.running &&
        mayMakeKeys(scope) && (
          <Button
            variant="default"
            onClick={() => {
              setCancelling(true);
            }}
          >
            Cancel it
          </Button>
        )
      }
    >
      {found.isError ? (
        <section className="panel">
          <Failure what="This request could not be read." error={found.error} onRetry={() => void found.refetch()} />
        </section>
      ) : detail === undefined ? (
        <section className="panel">
          <Loading lines={6} />
        </section>
      ) : (
        <Explained detail={detail} />
      )}
      {cancelling && detail?.running && (
        <CancelDialog
          id={requestId}
          tenant={detail.running.tenant}
          tokens={detail.running.completion_tokens}
          onClose={() => {
            setCancelling(false);
            void found.refetch();
          }}
        />
      )}
    </Page>
  );
}

function Explained({ detail }: { detail: Detail }) {
  const lanes = lanesOf(detail);
  const { booked, running } = detail;
  const of = booked ?? running;
  if (of === null) return null;
  const first = booked?.first_token_ms ?? running?.first_token_ms ?? null;
  const decoding = first === null ? 0 : lanes.total - first - lanes.paused.reduce((sum, s) => sum + s.to - s.from, 0);
  const speed = decoding > 0 && of.completion_tokens > 1 ? (of.completion_tokens - 1) / (decoding / 1000) : null;
  const gaps = detail.timeline?.gaps_ms ?? [];
  const room = kvRoomOf(detail, lanes, first);
  return (
    <>
      <Sentence more={`${of.tenant}, ${of.model}, ${of.tier}, ${moment(new Date(of.at))}`}>{sentence(detail, lanes)}</Sentence>
      <Tiles
        label="Key figures of the request"
        tiles={[
          { label: running ? 'Since' : 'Total', ...split(duration(lanes.total)), context: `received ${moment(new Date(of.at))}` },
          {
            label: 'Waited',
            ...(lanes.queued ? split(duration(lanes.queued.to)) : { figure: undefined }),
            context: lanes.queued && lanes.total > 0 ? `${percent(lanes.queued.to / lanes.total)} of the total` : '',
          },
          { label: 'First token', ...(first === null ? { figure: undefined } : split(duration(first))), context: first === null ? 'none yet' : 'from submission' },
          {
            label: 'Prompt',
            figure: full(of.prompt_tokens),
            unit: 'tokens',
            context: booked ? `${full(booked.cached_tokens)} from cache` : 'cache is known at the end',
          },
          { label: 'Output', figure: full(of.completion_tokens), unit: 'tokens', context: speed === null ? '' : `${speed.toFixed(1)}/s while writing` },
          {
            label: 'Cost',
            figure: booked ? exactMoney(booked.cost_micros) : undefined,
            context: booked
              ? `${duration(booked.compute_ms)} compute, ${gibSeconds(booked.kv_gib_seconds)} KV`
              : running?.kv_blocks == null
                ? 'known when it has ended'
                : `holds about ${full(running.kv_blocks)} KV blocks${running.kv_bytes === null ? '' : `, ${bytes(running.kv_bytes)}`}`,
          },
        ]}
      />
      <section className="panel" aria-label="Where the time went">
        <Timeline lanes={lanes} cached={booked?.cached_tokens ?? 0} tokens={of.completion_tokens} reason={reasonFor(detail)} />
        {gaps.length > 1 && (
          <div className="chart-space gaps">
            <div>
              <p className="medium">Time between tokens</p>
              <p className="small quiet">
                {detail.timeline && detail.timeline.gap_stride > 1 ? `longest of each ${detail.timeline.gap_stride}` : 'each'}, by token
              </p>
            </div>
            <TimeChart
              kind="lines"
              height={90}
              plain
              whole
              times={gaps.map((_, i) => 1 + i * (detail.timeline?.gap_stride ?? 1))}
              series={[{ name: 'gap', colour: 'accent', values: gaps }]}
              format={(v) => duration(v)}
              label={`Time between tokens: the longest is ${duration(Math.max(...gaps))}`}
            />
          </div>
        )}
        {room !== null && (
          <div className="chart-space gaps">
            <div>
              <p className="medium">KV cache held</p>
              <p className="small quiet">at most {full(Math.round(Math.max(...room.tokens)))} tokens, by seconds from submission{booked ? `; booked: ${gibSeconds(booked.kv_gib_seconds)}` : ''}</p>
            </div>
            <TimeChart
              kind="lines"
              height={90}
              plain
              times={room.times}
              series={[{ name: 'held', colour: 'cat-3', values: room.tokens }]}
              format={full}
              label={`KV cache held over its life: at most ${full(Math.round(Math.max(...room.tokens)))} tokens`}
            />
          </div>
        )}
        {detail.timeline === null && (
          <p className="panel-foot">Chunks, pauses and token times are kept for a while by the server that ran it; these lanes are from the books.</p>
        )}
      </section>
      <div className="columns" data-even>
        {booked && <CostPanel booked={booked} prices={detail.prices} />}
        <EventsPanel happenings={happenings(detail, lanes, first)} />
        <RequestPanel of={of} booked={booked} />
      </div>
      {booked && <PromptPanel booked={booked} />}
    </>
  );
}

function RequestPanel({ of, booked }: { of: Ended | NonNullable<Detail['running']>; booked: Ended | null }) {
  return (
    <Panel
      title="Request"
      right={
        <Link className="link small" to="/requests" search={{ tenant: of.tenant, model: of.model }}>
          Similar requests
        </Link>
      }
    >
      <dl className="facts">
        <dt>Tenant</dt>
        <dd>
          <Link className="link" to={`/tenants/${of.tenant_id}`}>
            {of.tenant}
          </Link>
        </dd>
        {booked && (
          <>
            <dt>Project, key</dt>
            <dd>
              {booked.project ?? '-'}, {booked.key ?? '-'}
            </dd>
          </>
        )}
        <dt>Model</dt>
        <dd className="mono">{of.model}</dd>
        <dt>Tier</dt>
        <dd>{of.tier}</dd>
        <dt>Endpoint</dt>
        <dd className="mono">
          {of.endpoint}
          {of.streamed ? ', streamed' : ''}
        </dd>
        {booked && (
          <>
            <dt>Ended</dt>
            <dd>
              {statusOf(booked.status, booked.error_code)[1]}
              {booked.error_code === null ? '' : `: ${booked.error_code}`}
            </dd>
            <dt>Booked</dt>
            <dd>{booked.settled_at === null ? '-' : moment(new Date(booked.settled_at))}</dd>
          </>
        )}
      </dl>
    </Panel>
  );
}

function reasonFor({ running, timeline }: Detail): string {
  if (running?.waits_for != null) return `waits for ${reasonOf(running.waits_for)}${running.ahead ? `; ${full(running.ahead)} before it` : ''}`;
  return timeline?.waited_for == null ? '' : `waited for ${reasonOf(timeline.waited_for)}`;
}

function sentence({ booked, running, timeline }: Detail, lanes: Lanes): string {
  const waited = lanes.queued ? duration(lanes.queued.to) : '0 ms';
  const paused = lanes.paused.reduce((sum, s) => sum + s.to - s.from, 0);
  if (running) {
    if (running.status === 'waiting') return `Waits for ${reasonOf(running.waits_for ?? 'step')} for ${duration(running.elapsed_ms)}.`;
    if (running.status === 'reading') return `Reads its prompt of ${full(running.prompt_tokens)} tokens.`;
    return `Writes: ${full(running.completion_tokens)} tokens so far.`;
  }
  if (booked?.status === 'rejected') return `Refused: ${booked.error_code ?? 'the queue did not take it'}.`;
  const work = lanes.total - (lanes.queued?.to ?? 0) - paused;
  if (work < 0.5 && booked?.completion_tokens === 0) return `Ended while it waited${timeline?.waited_for == null ? '' : ` for ${reasonOf(timeline.waited_for)}`}, after ${waited}; nothing was computed.`;
  const reason = timeline?.waited_for == null ? '' : ` for ${reasonOf(timeline.waited_for)}`;
  return `Waited ${waited}${reason}${paused > 0 ? ` and was paused for ${duration(paused)}` : ''}; the other ${duration(work)} were work.`;
}

function split(text: string): { figure: string; unit: string } {
  const at = text.indexOf(' ');
  return at < 0 || text.indexOf(' ', at + 1) > 0 ? { figure: text, unit: '' } : { figure: text.slice(0, at), unit: text.slice(at + 1) };
}
