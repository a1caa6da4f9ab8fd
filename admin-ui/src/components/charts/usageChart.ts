import type { ChartSeries } from './UPlotChart';
import type { GroupSum, Row } from '../../lib/report';

const COLOURED = 8;
const STEP = { hour: 3600, day: 86_400 };

export type Measure = 'cost' | 'tokens' | 'busy';

/** Stacked bars of what costs most, in dollars, tokens, or engines kept busy; all others are one hatched band. */
export function chartOf(
  rows: Row[],
  groups: GroupSum[],
  range: { start: number; end: number; bucket: 'hour' | 'day' },
  measure: Measure,
): { times: number[]; series: ChartSeries[] } {
  const step = STEP[range.bucket];
  const times: number[] = [];
  for (let at = range.start; at < range.end; at += step) times.push(at);
  const value = ({ sums }: Row) =>
    measure === 'cost' ? sums.cost_micros / 1e6 : measure === 'busy' ? sums.compute_us / 1e6 / step : sums.prompt_tokens + sums.completion_tokens;
  const band = (named: (row: Row) => boolean) => {
    const values = times.map(() => 0);
    for (const row of rows) {
      if (!named(row) || row.bucket === null) continue;
      const i = Math.floor((Date.parse(row.bucket) / 1000 - range.start) / step);
      if (values[i] !== undefined) values[i] += value(row);
    }
    return values;
  };
  const shown = groups.slice(0, COLOURED);
  const series: ChartSeries[] = shown.map((group, i) => ({
    name: group.name,
    colour: `cat-${i + 1}`,
    values: band((row) => row.id === group.id),
  }));
  if (groups.length > COLOURED) {
    const ids = new Set(shown.map((group) => group.id));
    series.push({ name: `${groups.length - COLOURED} others`, colour: 'rest', values: band((row) => !ids.has(row.id)) });
  }
  return { times, series };
}
