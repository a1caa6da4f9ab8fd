import { beforeEach, expect, test } from 'vitest';
import { columnsLeftOut, leaveColumnsOut } from './preferences';

beforeEach(() => {
  localStorage.clear();
});

test('columns that are left out are remembered by table', () => {
  leaveColumnsOut('requests', ['key', 'waited']);

  expect(columnsLeftOut('requests')).toEqual(['key', 'waited']);
  expect(columnsLeftOut('keys')).toEqual([]);
});

test.each(['not json', '{"key":true}', 'null'])('what is stored and makes no sense leaves none out: %s', (stored) => {
  localStorage.setItem('penstock-columns-requests', stored);

  expect(columnsLeftOut('requests')).toEqual([]);
});
