import { expect, test } from 'vitest';
import { complete, modelsInWords, NO_RULES, rulesOf, wireOf } from './rules';

const KEY = { scopes: ['inference'], allowed_models: null, denied_models: null, allowed_cidrs: null };

test('a key without rules has none on the wire either', () => {
  expect(rulesOf(KEY)).toEqual({ scopes: ['inference'], mode: 'all', models: [], cidrs: '' });
  expect(wireOf(rulesOf(KEY))).toEqual({ ...KEY });
});

test('lists go there and back', () => {
  const allowed = { ...KEY, allowed_models: ['a', 'b'], allowed_cidrs: ['10.0.0.0/8', '::1/128'] };
  expect(wireOf(rulesOf(allowed))).toEqual(allowed);
  const denied = { ...KEY, denied_models: ['a'] };
  expect(wireOf(rulesOf(denied))).toEqual(denied);
});

test('both lists together are one of what is left', () => {
  const both = rulesOf({ ...KEY, allowed_models: ['a', 'b'], denied_models: ['b', 'c'] });
  expect(wireOf(both)).toMatchObject({ allowed_models: ['a'], denied_models: null });
});

test('an empty list of denied models denies nothing, and one of networks says any', () => {
  expect(rulesOf({ ...KEY, denied_models: [] }).mode).toBe('all');
  expect(wireOf({ ...NO_RULES, cidrs: ' , ' }).allowed_cidrs).toBeNull();
});

test('a form that lacks something is not sent', () => {
  expect(complete(NO_RULES)).toBe(true);
  expect(complete({ ...NO_RULES, mode: 'only' })).toBe(false);
  expect(complete({ ...NO_RULES, mode: 'but', models: ['a'] })).toBe(true);
  expect(complete({ ...NO_RULES, scopes: [] })).toBe(false);
});

test('words', () => {
  expect(modelsInWords(NO_RULES)).toBe('all models');
  expect(modelsInWords({ ...NO_RULES, mode: 'only', models: ['a', 'b'] })).toBe('a, b');
  expect(modelsInWords({ ...NO_RULES, mode: 'but', models: ['a'] })).toBe('all models but a');
});
