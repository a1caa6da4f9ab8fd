import { expect, test } from 'vitest';
import { binding, type Limit, nextToBind, sentenceOf } from './limits';

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
