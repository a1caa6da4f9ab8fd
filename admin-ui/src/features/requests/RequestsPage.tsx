import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ColumnsMenu, useColumnsLeftOut } from '../../components/ColumnsMenu';
import { KeyPicker } from '../../components/KeyPicker';
import { Page } from '../../components/Page';
import { Panel, Sentence } from '../../components/Panel';
import { Tabs } from '../../components/Tabs';
import { TenantPicker } from '../../components/TenantPicker';
import { answer } from '../../lib/api/client';
import { full } from '../../lib/format';
import { useModelIds } from '../../lib/lists';
import { useSession } from '../../lib/session';
import { useUrlState } from '../../lib/urlState';
import { type Refused, type RunningList, STATUSES, TIERS } from './api';
import { endedColumns } from './endedColumns';
import { EndedTable } from './EndedTable';
import { RefusedTable } from './RefusedTable';
import { RunningTable } from './RunningTable';

export const USUAL = { tab: 'past', tenant: '', model: '', tier: '', status: '', slow: '', key: '', before: '' };
export type Filters = typeof USUAL;

/** Find a request, see what happens now. */
export function RequestsPage() {
  const { api, scope } = useSession();
  const [url, setUrl] = useUrlState(USUAL);
  const ofAll = scope.kind === 'all';
  const models = useModelIds();
  const running = useQuery({
    queryKey: ['running', scope],
    queryFn: () => answer<RunningList>(ofAll ? api.GET('/admin/requests/running') : api.GET('/v1/organization/requests/running', {})),
    refetchInterval: 1500,
  });
  const refused = useQuery({
    queryKey: ['refused', scope],
    queryFn: () =>
      answer<{ data: Refused[]; has_more: boolean }>(ofAll ? api.GET('/admin/requests/refused') : api.GET('/v1/organization/requests/refused', {})),
    refetchInterval: 5000,
  });
  const [out, setOut] = useColumnsLeftOut('requests');
  const change = (to: Partial<Filters>) => {
    setUrl({ ...to, before: '' });
  };
  return (
    <Page title="Requests">
      <Sentence more="Running and refused requests are those of this server since it started; past ones are all.">
        {running.data ? sentence(running.data, refused.data?.data.length ?? 0) : '\u00a0'}
      </Sentence>
      <Tabs
        label="Which requests"
        value={url.tab}
        onChange={(tab) => {
          change({ tab });
        }}
        tabs={[
          { id: 'live', label: 'Live', count: running.data?.total },
          { id: 'past', label: 'Past' },
          { id: 'refused', label: 'Refused', count: refused.data?.data.length },
        ]}
      />
      <Panel
        title={url.tab === 'live' ? 'Running and waiting' : url.tab === 'refused' ? 'Refused before they reached a model' : 'Ended'}
        right={url.tab === 'past' ? <ColumnsMenu columns={endedColumns(ofAll)} out={out} onChange={setOut} /> : undefined}
      >
        <div className="filters">
          {ofAll && (
            <TenantPicker
              label="Tenant"
              hideLabel
              value={url.tenant}
              onChange={(tenant) => {
                change({ tenant });
              }}
            />
          )}
          <KeyPicker tenant={url.tenant} value={url.key} onChange={(key) => { change({ key }); }} />
          <Filter label="Model" any="All models" value={url.model} options={models.data ?? []} onChange={(model) => { change({ model }); }} />
          <Filter label="Tier" any="All tiers" value={url.tier} options={TIERS} onChange={(tier) => { change({ tier }); }} />
          {url.tab === 'past' && (
            <>
              <Select
                aria-label="How it ended"
                data={STATUSES}
                value={url.status}
                allowDeselect={false}
                onChange={(status) => {
                  change({ status: status ?? '' });
                }}
              />
              <Select
                aria-label="First token"
                data={[
                  { value: '', label: 'Any first token' },
                  { value: '200', label: 'Later than 200 ms' },
                  { value: '1000', label: 'Later than 1 s' },
                  { value: '5000', label: 'Later than 5 s' },
                ]}
                value={url.slow}
                allowDeselect={false}
                onChange={(slow) => {
                  change({ slow: slow ?? '' });
                }}
              />
            </>
          )}
          {Object.entries(url).some(([name, value]) => name !== 'tab' && name !== 'before' && value !== '') && (
            <button
              type="button"
              className="link"
              onClick={() => {
                setUrl({ ...USUAL, tab: url.tab });
              }}
            >
              Clear
            </button>
          )}
        </div>
        {url.tab === 'live' && <RunningTable filters={url} list={running.data} error={running.error} onRetry={() => void running.refetch()} />}
        {url.tab === 'refused' && <RefusedTable filters={url} refused={refused.data?.data} error={refused.error} />}
        {url.tab === 'past' && <EndedTable filters={url} out={out} onPage={(before) => { setUrl({ before }); }} />}
      </Panel>
    </Page>
  );
}

function sentence({ total, waiting }: RunningList, refused: number): string {
  const run = total === 0 ? 'Nothing runs' : `${full(total - waiting)} ${total - waiting === 1 ? 'runs' : 'run'}`;
  const wait = waiting === 0 ? 'no one waits' : `${full(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for the first token`;
  return `${run}, ${wait}${refused === 0 ? '' : `; ${full(refused)} refused lately`}.`;
}

interface FilterProps {
  label: string;
  any: string;
  value: string;
  options: string[];
  onChange: (value: string) => void;
}

function Filter({ label, any, value, options, onChange }: FilterProps) {
  const all = value !== '' && !options.includes(value) ? [value, ...options] : options;
  return (
    <Select
      aria-label={label}
      data={[{ value: '', label: any }, ...all]}
      value={value}
      allowDeselect={false}
      onChange={(next) => {
        onChange(next ?? '');
      }}
    />
  );
}
