import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { DataTable } from '../../components/DataTable';
import { Icon } from '../../components/Icon';
import { Page } from '../../components/Page';
import { CursorPager } from '../../components/Pager';
import { Panel, Sentence } from '../../components/Panel';
import { Empty, Failure } from '../../components/states';
import { answer } from '../../lib/api/client';
import { csvLine, save } from '../../lib/download';
import { moment, viewerZone } from '../../lib/format';
import { useSession } from '../../lib/session';
import { useUrlState } from '../../lib/urlState';
import { type Entry, diff, actorOf } from './entry';

const SIZE = 50;
const EVENTS = [
  'api_key.created', 'api_key.updated', 'api_key.rotated', 'api_key.deleted', 'project.created', 'project.updated', 'project.archived',
  'organization.created', 'organization.updated', 'plan.created', 'plan.updated', 'limit.set', 'limit.removed', 'price.added',
  'ledger.credit', 'ledger.correction', 'user.added', 'user.updated', 'user.deleted', 'invite.sent', 'invite.accepted', 'invite.deleted',
  'login.succeeded', 'user.password.changed', 'webhook.created', 'webhook.updated', 'webhook.deleted', 'webhook.secret.rotated',
  'spend_alert.created', 'spend_alert.deleted', 'model.loaded', 'model.unloaded', 'request.cancelled',
];

/** Who changed what, from what to what, from where. */
export function AuditPage() {
  const { api, scope } = useSession();
  const [url, setUrl] = useUrlState({ event: '', object: '', after: '' });
  const found = useQuery({
    queryKey: ['audit', scope, url.event, url.object, url.after],
    queryFn: () => {
      const query = {
        limit: SIZE,
        ...(url.after === '' ? {} : { after: url.after }),
        ...(url.event === '' ? {} : { event_types: url.event }),
        ...(url.object === '' ? {} : { resource_ids: url.object }),
      };
      // The filters are read by name from all parameters, which the document cannot say.
      return answer<{ data: Entry[]; has_more: boolean; last_id: string | null }>(
        scope.kind === 'all'
          ? api.GET('/admin/audit_logs', { params: { query: query as never } })
          : api.GET('/v1/organization/audit_logs', { params: { query: query as never } }),
      );
    },
    placeholderData: (before) => before,
  });
  const search = useDebouncedCallback((object: string) => {
    setUrl({ object, after: '' });
  }, 300);
  return (
    <Page
      title="Audit"
      actions={
        <Button
          leftSection={<Icon name="download" small />}
          disabled={!found.data || found.data.data.length === 0}
          onClick={() => {
            if (found.data) save('audit.csv', csvOf(found.data.data));
          }}
        >
          Export these
        </Button>
      }
    >
      {found.data?.data[0] && url.after === '' && <Sentence>{lastOf(found.data.data[0])}</Sentence>}
      <Panel title="Changes" note={`newest first; times in ${viewerZone()}`}>
        <div className="filters">
          <Select
            aria-label="What was done"
            placeholder="Every act"
            data={EVENTS}
            value={url.event === '' ? null : url.event}
            searchable
            clearable
            clearButtonProps={{ 'aria-label': 'Every act' }}
            onChange={(event) => {
              setUrl({ event: event ?? '', after: '' });
            }}
          />
          <TextInput
            aria-label="Id of the thing"
            placeholder="Id of the thing"
            defaultValue={url.object}
            onChange={(event) => {
              search(event.currentTarget.value.trim());
            }}
          />
        </div>
        <DataTable
          caption="Changes"
          columns={COLUMNS}
          rows={found.data?.data}
          rowId={(entry) => entry.id}
          failure={found.isError ? <Failure what="The log could not be read." error={found.error} onRetry={() => void found.refetch()} /> : undefined}
          empty={
            <Empty title={url.event === '' && url.object === '' ? 'No changes yet.' : 'No change matches.'}>
              Every administrative act is written here and cannot be changed.
            </Empty>
          }
        />
        <CursorPager
          first={url.after === ''}
          next={found.data?.has_more ?? false}
          onFirst={() => {
            setUrl({ after: '' });
          }}
          onNext={() => {
            setUrl({ after: found.data?.last_id ?? '' });
          }}
        />
      </Panel>
    </Page>
  );
}

function lastOf(entry: Entry): string {
  return `Last: ${entry.type} by ${actorOf(entry).name}, ${moment(new Date(entry.effective_at * 1000))}.`;
}

const COLUMNS: ColumnDef<Entry>[] = [
  { id: 'time', header: 'Time', meta: { wide: true }, cell: ({ row }) => <time dateTime={new Date(row.original.effective_at * 1000).toISOString()}>{moment(new Date(row.original.effective_at * 1000))}</time> },
  { id: 'who', header: 'Who', cell: ({ row }) => actorOf(row.original).name },
  {
    id: 'act',
    header: 'Act',
    cell: ({ row }) => (
      <>
        <span className="mono">{row.original.type}</span>
        <span className="narrow-only small quiet">{moment(new Date(row.original.effective_at * 1000))}</span>
      </>
    ),
  },
  {
    id: 'change',
    header: 'Change',
    meta: { wide: true },
    cell: ({ row }) => (
      <div className="wrap audit-change">
        {diff(row.original).map((line) => (
          <div key={line.field}>
            <span className="quiet">{line.field} </span>
            {line.before !== null && <span className="secondary">{line.before} </span>}
            {line.before !== null && line.after !== null && <span className="quiet">to </span>}
            {line.after ?? <span className="quiet">(gone)</span>}
          </div>
        ))}
      </div>
    ),
  },
  { id: 'from', header: 'From', meta: { wide: true }, cell: ({ row }) => <span className="mono secondary">{actorOf(row.original).address ?? '-'}</span> },
];

function csvOf(entries: Entry[]): string {
  return (
    csvLine(['time', 'actor', 'act', 'object', 'before', 'after', 'address', 'request']) +
    entries
      .map((e) =>
        csvLine([
          new Date(e.effective_at * 1000).toISOString(),
          actorOf(e).name,
          e.type,
          e.object_id,
          JSON.stringify(e.before),
          JSON.stringify(e.after),
          actorOf(e).address,
          e.request_id,
        ]),
      )
      .join('')
  );
}
