import { expect, test } from 'vitest';
import { groupsOf, type Row } from '../../lib/report';
import { chartOf } from './usageChart';

function row(id: string, bucket: string, cost: number): Row {
  return {
    id,
    name: id,
    tenant: null,
    bucket,
    sums: { requests: 1, prompt_tokens: 10, cached_tokens: 2, completion_tokens: 5, compute_us: 7, cost_micros: cost },
  };
}

const start = Date.parse('2026-11-01T00:00:00Z') / 1000;
const range = { start, end: start + 3 * 86_400, bucket: 'day' as const };

test('sums of a group are those of its buckets, to the token', () => {
  const groups = groupsOf([row('a', '2026-11-01T00:00:00Z', 3), row('a', '2026-11-03T00:00:00Z', 4), row('b', '2026-11-01T00:00:00Z', 1)]);
  expect(groups.map((g) => [g.id, g.sums.cost_micros, g.sums.prompt_tokens])).toEqual([['a', 7, 20], ['b', 1, 10]]);
});

test('days without use are zero and the ninth group is one of the others', () => {
  const rows = Array.from({ length: 10 }, (_, i) => row(`g${i}`, '2026-11-02T00:00:00Z', 1_000_000 * (10 - i)));
  const chart = chartOf({ rows, others: [] }, groupsOf(rows), range, 'cost');
  expect(chart.times).toHaveLength(3);
  expect(chart.series).toHaveLength(9);
  expect(chart.series[0]?.values).toEqual([0, 10, 0]);
  expect(chart.series[8]).toEqual({ name: '2 others', colour: 'rest', values: [0, 3, 0] });
  expect(chartOf({ rows, others: [] }, groupsOf(rows), range, 'busy').series[0]?.values[1]).toBeCloseTo(7e-6 / 86_400);
});

test('what comes by bucket for all others together is their band', () => {
  const rows = [
    ...Array.from({ length: 8 }, (_, i) => row(`g${i}`, '2026-11-02T00:00:00Z', 1_000_000)),
    { ...row('g8', '', 500_000), bucket: null },
    { ...row('g9', '', 400_000), bucket: null },
  ];
  const others = [{ bucket: '2026-11-03T00:00:00Z', sums: row('', '', 900_000).sums }];
  const chart = chartOf({ rows, others }, groupsOf(rows), range, 'cost');
  expect(chart.series).toHaveLength(9);
  expect(chart.series[8]).toEqual({ name: '2 others', colour: 'rest', values: [0, 0, 0.9] });
});
