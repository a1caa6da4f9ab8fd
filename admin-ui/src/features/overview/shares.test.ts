import { expect, test } from 'vitest';
import type { Point } from './live';
import { Colours, stackOf } from './shares';

function point(shares: Record<string, number>): Point {
  const tenants = Object.entries(shares).map(([id, share]) => ({ id, name: id, share, tokens_per_second: 0 }));
  return {
    at: '2026-11-24T14:32:07Z', output_tokens_per_second: 0, requests_per_second: 0, running: 0, waiting: 0, failed: 0, refused: 0, tiers: [],
    busy: tenants.reduce((sum, t) => sum + t.share, 0), tenants,
  };
}

test('a tenant keeps its colour when another overtakes it', () => {
  const colours = new Colours();
  expect(colours.assign([point({ a: 0.5, b: 0.2 })]).map((b) => [b.id, b.colour])).toEqual([['a', 'cat-1'], ['b', 'cat-2']]);
  expect(colours.assign([point({ a: 0.1, b: 0.6 })]).map((b) => [b.id, b.colour])).toEqual([['a', 'cat-1'], ['b', 'cat-2']]);
});

test('the ninth is among the others, and the stack is as high as all together', () => {
  const shares = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`t${i}`, 0.1]));
  const points = [point(shares)];
  const { series } = stackOf(points, new Colours().assign(points));
  expect(series).toHaveLength(9);
  expect(series[8]?.name).toBe('Others');
  expect(series.reduce((sum, s) => sum + (s.values[0] ?? 0), 0)).toBeCloseTo(0.9);
});
