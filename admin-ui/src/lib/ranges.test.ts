import { expect, test } from 'vitest';
import { rangeOf } from './ranges';

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
