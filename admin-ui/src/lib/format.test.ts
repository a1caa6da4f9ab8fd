import { describe, expect, test } from 'vitest';
import { bytes, count, duration, percent } from './format';

describe('count', () => {
  test.each([
    [0, '0'],
    [1391, '1,391'],
    [99_999, '99,999'],
    [812_345, '812k'],
    [1_004_000, '1M'],
    [12_123_000_000, '12.1B'],
  ])('%d is %s', (value, shown) => {
    expect(count(value)).toBe(shown);
  });
});

test('bytes are GiB from 1 GiB on, else MiB', () => {
  expect(bytes(98_362_432)).toBe('93.8 MiB');
  expect(bytes(15 * 2 ** 30)).toBe('15 GiB');
});

test('percent has one decimal only below 10 %', () => {
  expect(percent(0)).toBe('0\u00a0%');
  expect(percent(0.0312)).toBe('3.1\u00a0%');
  expect(percent(0.412)).toBe('41\u00a0%');
});

test.each([
  [48_900, '48 s'],
  [12 * 60_000, '12 min'],
  [(8 * 60 + 28) * 60_000, '8 h 28 min'],
  [6 * 86_400_000, '6 days'],
])('%d ms is %s', (milliseconds, shown) => {
  expect(duration(milliseconds)).toBe(shown);
});
