import { Button, SegmentedControl, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { TimeChart } from '../../components/charts/TimeChart';
import { chartOf, COLOURED, type Measure } from '../../components/charts/usageChart';
import { DataTable } from '../../components/DataTable';
import { Icon } from '../../components/Icon';
import { Invoices } from '../../components/Invoices';
import { Page } from '../../components/Page';
import { Panel, Sentence } from '../../components/Panel';
import { RangePicker } from '../../components/RangePicker';
import { Empty, Failure, Fault, Loading } from '../../components/states';
import { Tabs } from '../../components/Tabs';
import { TenantPicker } from '../../components/TenantPicker';
import { anyMoney, axisMoney, count, duration, full, percent } from '../../lib/format';
import { csvLine, save } from '../../lib/download';
import { isoDay, rangeOf } from '../../lib/ranges';
import { askReport, type GroupSum, groupsOf, type Report } from '../../lib/report';
import { useSession } from '../../lib/session';
import { useUrlState } from '../../lib/urlState';

/** Groups of a CSV file, those that cost most; the API tells no more of at once. */
const MOST_EXPORTED = 500;
const GROUPS = ['tenant', 'project', 'key', 'model', 'tier'];

/** What was used, by whom, for how much. */
export function UsagePage() {
  const session = useSession();
  const { scope } = session;
  const ofAll = scope.kind === 'all';
  const [url, setUrl] = useUrlState({ range: 'month', from: '', to: '', by: ofAll ? 'tenant' : 'model', show: 'cost', tenant: '', tab: 'usage' });
  const range = useMemo(() => rangeOf(url.range, new Date(), { from: url.from, to: url.to }), [url.range, url.from, url.to]);
  const asked = { start: range.start, end: range.end, group: url.by, bucket: range.bucket, tenant: url.tenant, model: '' };
  const report = useQuery({
    queryKey: ['usage', scope, asked],
    queryFn: () => askReport(session, { ...asked, series: COLOURED }),
    placeholderData: (before) => before,
    refetchInterval: 15_000,
  });
  const before = useQuery({
    queryKey: ['usage-before', scope, range.before.start, range.before.end, url.tenant],
    queryFn: () =>
      askReport(session, { ...asked, start: range.before.start, end: range.before.end, group: 'model', bucket: 'all', limit: 1 }),
    staleTime: 300_000,
    // The page's own figures first: both at once would share the database's processors.
    enabled: !report.isPending,
  });
  const groups = useMemo(() => (report.data ? groupsOf(report.data.rows) : undefined), [report.data]);
  const chart = useMemo(
    () => (report.data && groups ? chartOf(report.data, groups, range, url.show as Measure) : undefined),
    [report.data, groups, range, url.show],
  );
  const exported = useMutation({
    mutationFn: () => askReport(session, { ...asked, limit: MOST_EXPORTED }),
    onSuccess: (all) => {
      save(`usage-by-${url.by}-${url.range}.csv`, csvOf(all, url.by));
    },
  });
  const total = report.data?.total;
  const columns = useMemo(() => columnsOf(url.by, total?.cost_micros ?? 0), [url.by, total?.cost_micros]);
  return (
    <Page
      title="Usage and cost"
      actions={
        <Button
          leftSection={<Icon name="download" small />}
          disabled={!groups || groups.length === 0}
          loading={exported.isPending}
          onClick={() => {
            exported.mutate();
          }}
        >
          Export CSV
        </Button>
      }
    >
      {!ofAll && (
        <Tabs
          label="Parts of usage"
          value={url.tab}
          onChange={(tab) => {
            setUrl({ tab });
          }}
          tabs={[
            { id: 'usage', label: 'Usage' },
            { id: 'invoices', label: 'Invoices' },
          ]}
        />
      )}
      {scope.kind === 'tenant' && url.tab === 'invoices' ? (
        <Invoices organization={scope.id} />
      ) : (
        <>
          {total && (
            <Sentence more={`${full(total.requests)} requests, ${full(total.prompt_tokens + total.completion_tokens)} tokens, ${duration(total.compute_us / 1000)} of computing. Exact: a request counts where it was settled.`}>
              {anyMoney(total.cost_micros)} {range.words}
              {change(total.cost_micros, before.data?.total.cost_micros, range.before.words)}.
            </Sentence>
          )}
          <Panel
            title={url.show === 'cost' ? 'Cost' : 'Tokens'}
            note={`by ${url.by} and ${range.bucket} of UTC`}
          >
            <div className="filters">
              <RangePicker value={url} shown={range} onChange={setUrl} />
              <Select
                aria-label="Grouped by"
                data={GROUPS.filter((g) => ofAll || g !== 'tenant').map((g) => ({ value: g, label: `By ${g}` }))}
                value={url.by}
                allowDeselect={false}
                onChange={(value) => {
                  setUrl({ by: value ?? url.by });
                }}
              />
              {ofAll && (
                <TenantPicker
                  label="Tenant"
                  hideLabel
                  value={url.tenant}
                  onChange={(tenant) => {
                    setUrl({ tenant });
                  }}
                />
              )}
              <SegmentedControl
                aria-label="Shown"
                data={[
                  { value: 'cost', label: 'Cost' },
                  { value: 'tokens', label: 'Tokens' },
                ]}
                value={url.show}
                onChange={(show) => {
                  setUrl({ show });
                }}
              />
            </div>
            {report.isError ? (
              <Failure what="Usage could not be read." error={report.error} onRetry={() => void report.refetch()} />
            ) : chart === undefined ? (
              <Loading lines={6} />
            ) : chart.series.length === 0 ? (
              <Empty title={`Nothing was charged ${range.words}.`}>Usage shows here as soon as a request has ended.</Empty>
            ) : (
              <div className="chart-space">
                <TimeChart
                  kind="bars"
                  height={240}
                  times={chart.times}
                  series={chart.series}
                  onZoom={(from, to) => {
                    setUrl({ range: 'custom', from: isoDay(from), to: isoDay(to) });
                  }}
                  format={url.show === 'tokens' ? count : axisMoney}
                  label={`${url.show === 'cost' ? 'Cost' : 'Tokens'} by ${url.by} ${range.words}; the table below has the figures`}
                />
              </div>
            )}
          </Panel>
          <Fault error={exported.error} />
          {groups && groups.length > 0 && (
            <Panel title={`By ${url.by}`} note={groups.length >= 50 ? 'the 50 that cost most; the sum above is of all' : undefined}>
              <DataTable caption={`Usage by ${url.by}`} columns={columns} rows={groups} rowId={(group) => group.id} empty={null} />
            </Panel>
          )}
        </>
      )}
    </Page>
  );
}

function change(now: number, before: number | undefined, words: string): string {
  if (before === undefined || before === 0 || now === 0) return '';
  const share = (now - before) / before;
  return `, ${percent(Math.abs(share))} ${share < 0 ? 'less' : 'more'} than ${words}`;
}

function columnsOf(by: string, total: number): ColumnDef<GroupSum>[] {
  return [
    {
      id: 'name',
      header: by.charAt(0).toUpperCase() + by.slice(1),
      cell: ({ row }) => (
        <>
          <span className="swatch" data-colour={row.index < 8 ? `cat-${row.index + 1}` : 'rest'} />
          {row.original.name} {row.original.tenant !== null && <span className="quiet">{row.original.tenant}</span>}
        </>
      ),
    },
    { id: 'requests', header: 'Requests', meta: { number: true, wide: true }, cell: ({ row }) => full(row.original.sums.requests) },
    { id: 'in', header: 'Tokens in', meta: { number: true }, cell: ({ row }) => full(row.original.sums.prompt_tokens) },
    { id: 'cached', header: 'of these cached', meta: { number: true, wide: true }, cell: ({ row }) => full(row.original.sums.cached_tokens) },
    { id: 'out', header: 'Tokens out', meta: { number: true }, cell: ({ row }) => full(row.original.sums.completion_tokens) },
    { id: 'compute', header: 'Computing', meta: { number: true, wide: true }, cell: ({ row }) => duration(row.original.sums.compute_us / 1000) },
    { id: 'cost', header: 'Cost', meta: { number: true }, cell: ({ row }) => <span className="medium">{anyMoney(row.original.sums.cost_micros)}</span> },
    {
      id: 'share',
      header: 'Share',
      meta: { number: true, wide: true },
      cell: ({ row }) => (total === 0 ? '-' : percent(row.original.sums.cost_micros / total)),
    },
  ];
}

/** One line a group and bucket, exact, times in ISO 8601 UTC. */
function csvOf(report: Report, by: string): string {
  const head = ['bucket', by, 'id', 'tenant', 'requests', 'input_tokens', 'input_cached_tokens', 'output_tokens', 'compute_us', 'cost_micros'];
  return (
    csvLine(head) +
    report.rows
      .map(({ bucket, name, id, tenant, sums: s }) =>
        csvLine([bucket, name, id, tenant, s.requests, s.prompt_tokens, s.cached_tokens, s.completion_tokens, s.compute_us, s.cost_micros]),
      )
      .join('')
  );
}
