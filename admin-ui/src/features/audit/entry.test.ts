import { expect, test } from 'vitest';
import { diff } from './entry';

test('only what changed is shown', () => {
  expect(diff({ before: { id: 'x', plan: 'standard', status: 'active' }, after: { id: 'x', plan: 'gold', status: 'active' } })).toEqual([
    { field: 'plan', before: 'standard', after: 'gold' },
  ]);
});

test('lists are told with commas, what is empty is not told unless something was there', () => {
  expect(diff({ before: null, after: { events: ['a', 'b'], projects: [], description: '' } })).toEqual([{ field: 'events', before: null, after: 'a, b' }]);
  expect(diff({ before: { name: 'x' }, after: { name: '' } })).toEqual([{ field: 'name', before: 'x', after: 'none' }]);
});

test('what is new has no before, what is gone no after', () => {
  expect(diff({ before: null, after: { id: 'x', name: 'a', expires_at: null } })).toEqual([{ field: 'name', before: null, after: 'a' }]);
  expect(diff({ before: { value: 5 }, after: null })).toEqual([{ field: 'value', before: '5', after: null }]);
});
