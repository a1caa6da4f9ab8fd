import { expect, test } from 'vitest';
import { ago, anyMoney, bytes, count, duration, exactMoney, gibSeconds, money, percent, until } from './format';

test('counts are full up to 99,999 and then have three digits', () => {
  expect([0, 1391, 99_999, 812_345, 1_000_000, 12_100_000_000, 999_600].map(count)).toEqual([
    '0', '1,391', '99,999', '812k', '1.00M', '12.1B', '1.00M',
  ]);
});

test('durations have three digits at most', () => {
  expect([0, 0.4, 84, 1840, 48_000, 250_000, 30_480_000, 6 * 86_400_000].map(duration)).toEqual([
    '0 ms', '0.4 ms', '84 ms', '1.84 s', '48 s', '4 min 10 s', '8 h 28 min', '6 days',
  ]);
});

test('percent has a decimal only below ten', () => {
  expect([0, 0.031, 0.46, 1].map(percent)).toEqual(['0\u00a0%', '3.1\u00a0%', '46\u00a0%', '100\u00a0%']);
});

test('sums are in cents, requests in micro-units, and nothing looks free that is not', () => {
  expect(money(9_217_600_000)).toBe('$9,217.60');
  expect(exactMoney(1188)).toBe('$0.001188');
  expect(anyMoney(54)).toBe('$0.000054');
  expect(anyMoney(-2_500_000)).toBe('-$2.50');
});

test('memory held for a time keeps three digits', () => {
  expect([0.000174, 0, 12.3456, 2345.6].map(gibSeconds)).toEqual(['0.000174 GiB·s', '0 GiB·s', '12.3 GiB·s', '2350 GiB·s']);
});

test('bytes are in GiB and MiB', () => {
  expect([96_567_000, 56.3 * 2 ** 30].map(bytes)).toEqual(['92.1 MiB', '56.3 GiB']);
});

test('times near now are relative', () => {
  const now = new Date('2026-11-24T14:32:07Z');
  expect(ago(new Date('2026-11-24T14:32:05Z'), now)).toBe('2 s ago');
  expect(ago(new Date('2026-11-24T05:32:05Z'), now)).toBe('9 h ago');
  expect(until(new Date('2026-11-24T23:00:00Z'), now)).toBe('in 8 h 28 min');
});
