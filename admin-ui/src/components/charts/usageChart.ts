import type { ChartSeries } from './UPlotChart';
import type { GroupSum, Report, Row, Sums } from '../../lib/report';

/** As many groups have a colour of their own. */
export const COLOURED = 8;
/** As many groups reports have: there may be more. */
const MOST = 50;
const STEP = { hour: 3600, day: 86_400 };

export type Measure = 'cost' | 'tokens' | 'busy';

/** Stacked bars of what costs most, in dollars, tokens, or engines kept busy; all others are one hatched band. */
export function chartOf(
  { rows, others }: Pick<Report, 'rows' | 'others'>,
  groups: GroupSum[],
  range: { start: number; end: number; bucket: 'hour' | 'day' },
  measure: Measure,
): { times: number[]; series: ChartSeries[] } {
  const step = STEP[range.bucket];
  const times: number[] = [];
  for (let at = range.start; at < range.end; at += step) times.push(at);
  const value = (sums: Sums) =>
    measure === 'cost' ? sums.cost_micros / 1e6 : measure === 'busy' ? sums.compute_us / 1e6 / step : sums.prompt_tokens + sums.completion_tokens;
  const band = (of: { bucket: string | null; sums: Sums }[]) => {
    const values = times.map(() => 0);
    for (const { bucket, sums } of of) {
      if (bucket === null) continue;
      const i = Math.floor((Date.parse(bucket) / 1000 - range.start) / step);
      if (values[i] !== undefined) values[i] += value(sums);
    }
    return values;
  };
  const shown = groups.slice(0, COLOURED);
  const series: ChartSeries[] = shown.map((group, i) => ({
    name: group.name,
    colour: `cat-${i + 1}`,
    values: band(rows.filter((row: Row) => row.id === group.id)),
  }));
  const more = groups.length - COLOURED;
  if (more > 0) {
    const ids = new Set(shown.map((group) => group.id));
    series.push({ name: others.length > 0 && groups.length >= MOST ? 'all others' : `${more} others`, colour: 'rest', values: band([...rows.filter((row) => !ids.has(row.id)), ...others]) });
  }
  return { times, series };
}
