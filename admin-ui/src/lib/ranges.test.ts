import { expect, test } from 'vitest';
import { rangeOf, shifted } from './ranges';

const now = new Date('2026-11-24T14:32:07Z');
const at = (text: string) => Date.parse(text) / 1000;

test('this month is compared with as much of the month before', () => {
  const range = rangeOf('month', now);
  expect(range.start).toBe(at('2026-11-01T00:00:00Z'));
  expect(range.end).toBe(at('2026-11-25T00:00:00Z'));
  expect(range.before).toEqual({ start: at('2026-10-01T00:00:00Z'), end: at('2026-10-24T15:00:00Z'), words: 'to this day in October' });
});

test('the last day goes by hours, the one that runs included', () => {
  const range = rangeOf('24h', now);
  expect([range.start, range.end, range.bucket]).toEqual([at('2026-11-23T15:00:00Z'), at('2026-11-24T15:00:00Z'), 'hour']);
});

test('custom days include the last one, go by hours when they are few, and are compared with as many before', () => {
  const range = rangeOf('custom', now, { from: '2026-11-01', to: '2026-11-10' });
  expect([range.start, range.end, range.bucket]).toEqual([at('2026-11-01T00:00:00Z'), at('2026-11-11T00:00:00Z'), 'day']);
  expect(range.before).toEqual({ start: at('2026-10-22T00:00:00Z'), end: at('2026-11-01T00:00:00Z'), words: 'the 10 days before' });
  expect(rangeOf('custom', now, { from: '2026-11-10', to: '2026-11-10' })).toMatchObject({ bucket: 'hour', words: 'on 10 Nov 2026' });
});

test('custom days that make no sense are this month', () => {
  const month = rangeOf('month', now);
  expect(rangeOf('custom', now, { from: '2026-11-10', to: '2026-11-01' })).toEqual(month);
  expect(rangeOf('custom', now, { from: 'x', to: '' })).toEqual(month);
});

test('arrows step by the length of the range and not into the future', () => {
  const week = rangeOf('7d', now);
  expect(shifted(week, -1, now)).toEqual({ from: '2026-11-11', to: '2026-11-17' });
  expect(shifted(week, 1, now)).toBeNull();
});
