import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { TimeChart } from '../../components/charts/TimeChart';
import { Panel } from '../../components/Panel';
import { Empty, Failure, Loading } from '../../components/states';
import { answer } from '../../lib/api/client';
import { anyMoney, axisMoney } from '../../lib/format';
import { useSession } from '../../lib/session';

interface Costs {
  data: { start_time: number; results: { amount: { value: number }; line_item: string | null }[] }[];
}

const DAY = 86_400;
const SHOWN_DAYS = 30;
const COLOURS = ['seq-5', 'seq-3', 'seq-6', 'seq-4'];

/** What each model cost on each of the last days. */
export function CostByDay({ tenantId, zone }: { tenantId: string; zone: string | undefined }) {
  const { within } = useSession();
  const [start] = useState(() => Math.floor(Date.now() / 1000 / DAY - SHOWN_DAYS + 1) * DAY);
  const costs = useQuery({
    queryKey: ['costs', tenantId, start],
    queryFn: () =>
      answer<Costs>(
        within(tenantId).GET('/v1/organization/costs', {
          params: { query: { start_time: start, limit: SHOWN_DAYS, group_by: ['line_item'] } },
        }),
      ),
    refetchInterval: 30_000,
  });
  const chart = useMemo(() => chartOf(costs.data), [costs.data]);
  return (
    <Panel
      title="Cost by day"
      note={`days of UTC${zone === undefined || zone === 'UTC' ? '' : `; budgets count days of ${zone}`}`}
      right={
        <span className="small secondary row">
          {chart?.series.map((s) => (
            <span key={s.name}>
              <span className="swatch" data-colour={s.colour} />
              {s.name} {anyMoney(s.total)}
            </span>
          ))}
        </span>
      }
    >
      {costs.isError ? (
        <Failure what="Cost could not be read." error={costs.error} onRetry={() => void costs.refetch()} />
      ) : chart === undefined ? (
        <Loading />
      ) : chart.series.length === 0 ? (
        <Empty title="Nothing was charged in the last 30 days." />
      ) : (
        <div className="chart-space">
          <TimeChart
            kind="bars"
            height={220}
            times={chart.times}
            series={chart.series}
            format={axisMoney}
            label={`Cost by day and model, last ${SHOWN_DAYS} days: ${chart.series.map((s) => `${s.name} ${anyMoney(s.total)}`).join(', ')}`}
          />
        </div>
      )}
    </Panel>
  );
}

function chartOf(costs: Costs | undefined) {
  if (costs === undefined) return undefined;
  const totals = new Map<string, number>();
  for (const day of costs.data) {
    for (const result of day.results) {
      const model = result.line_item ?? 'all';
      totals.set(model, (totals.get(model) ?? 0) + result.amount.value * 1e6);
    }
  }
  const models = [...totals].filter(([, total]) => total > 0).sort((a, b) => b[1] - a[1]);
  return {
    times: costs.data.map((day) => day.start_time),
    series: models.slice(0, COLOURS.length).map(([name, total], i) => ({
      name,
      total,
      colour: COLOURS[i] ?? 'rest',
      values: costs.data.map((day) => day.results.filter((r) => r.line_item === name).reduce((sum, r) => sum + r.amount.value, 0)),
    })),
  };
}
