import { expect, test } from 'vitest';
import { binding, type Limit, nextToBind, sentenceOf, effectInWords, followsFromSums, wireValue } from './limits';

const now = new Date('2026-11-24T12:00:00Z');

function limit(change: Partial<Limit>): Limit {
  return {
    scope: 'organization',
    kind: 'tokens_per_day',
    model: '',
    set_by: 'plan',
    value: 1000,
    partial: false,
    used: 0,
    held: 0,
    window: 'day',
    resets_at: '2026-11-25T00:00:00Z',
    expected: null,
    reached_at: null,
    ...change,
  };
}

test('a full limit goes before one that will be full, that before the fullest', () => {
  const fullest = limit({ kind: 'spend_per_month', used: 900 });
  const soon = limit({ kind: 'tokens_per_day', used: 500, reached_at: '2026-11-24T18:00:00Z' });
  const binds = limit({ kind: 'concurrent_requests', value: 2, held: 2, window: 'now' });

  expect(nextToBind([fullest, soon, binds])).toBe(binds);
  expect(nextToBind([fullest, soon])).toBe(soon);
  expect(nextToBind([fullest, limit({})])).toBe(fullest);
  expect(nextToBind([limit({}), limit({ window: 'request', used: 0 })])).toBeUndefined();
});

test('the sentence says which limit and when', () => {
  expect(sentenceOf([], now).say).toBe('Nothing limits this tenant.');
  expect(sentenceOf([limit({})], now).say).toBe('No limit is near.');
  expect(sentenceOf([limit({ used: 500, held: 100, reached_at: '2026-11-24T18:00:00Z' })], now)).toEqual({
    say: 'Tokens today binds next, in about 6 h at the present pace.',
    more: '500 used and 100 held of 1,000.',
  });
  expect(sentenceOf([limit({ kind: 'requests_per_minute', value: 3, used: 3, window: 'minute' })], now).say).toBe('Requests per minute binds now.');
  expect(sentenceOf([limit({ scope: 'key', model: 'm', value: 3, used: 3 })], now).say).toBe('Tokens today of the key for m binds now.');
  expect(sentenceOf([], now, 'this key').say).toBe('Nothing limits this key.');
});

test('a limit of nothing binds at once', () => {
  expect(binding(limit({ value: 0 }), now)).toBe('now');
});

test('what a limit would have meant, in words', () => {
  const effect = { days: 7, bound_days: 2, refused: 1234, requests: 56_789, at_least: false };
  expect(effectInWords(effect)).toBe('In the last 7 days it would have bound on 2 days and refused about 1,234 of 56,789 requests.');
  expect(effectInWords({ ...effect, bound_days: 7, at_least: true })).toContain('on each day at least, and refused 1,234 of 56,789 requests or more');
  expect(effectInWords({ ...effect, bound_days: 0 })).toBe('In the last 7 days it would not have bound.');
  expect(effectInWords({ ...effect, bound_days: 0, at_least: true })).toContain('shorter bursts are not known');
  expect(effectInWords({ ...effect, requests: 0 })).toContain('no request');
});

test('only kinds that are counted over a time follow from sums', () => {
  expect(['tokens_per_minute', 'spend_per_month', 'requests_per_day'].every(followsFromSums)).toBe(true);
  expect(['credit', 'concurrent_requests', 'max_output_tokens'].some(followsFromSums)).toBe(false);
});

test('money is sent in micro-units', () => {
  expect(wireValue('spend_per_day', 1.25)).toBe(1_250_000);
  expect(wireValue('tokens_per_day', '5')).toBe(5);
});
