import { expect, test } from 'vitest';
import { verdictOf } from './verdict';

const ready = { ready: true, reasons: [] };
const now = new Date();

test('serving names the models', () => {
  const verdict = verdictOf({ readiness: ready, answeredAt: now, unreachable: false, models: ['a', 'b'] });
  expect(verdict).toMatchObject({ status: 'ok', sentence: 'Penstock serves a and b.' });
});

test('without a key it still says that requests are taken', () => {
  const verdict = verdictOf({ readiness: ready, answeredAt: now, unreachable: false, models: undefined });
  expect(verdict.sentence).toBe('Penstock takes requests.');
});

test('not ready gives the server’s reasons', () => {
  const readiness = { ready: false, reasons: ['SmolLM2: loading', 'b: failed'] };
  const verdict = verdictOf({ readiness, answeredAt: now, unreachable: false, models: undefined });
  expect(verdict).toMatchObject({ status: 'warn', explanation: 'SmolLM2: loading; b: failed' });
});

test('no answer wins over the last good answer', () => {
  const verdict = verdictOf({ readiness: ready, answeredAt: now, unreachable: true, models: ['a'] });
  expect(verdict).toMatchObject({ status: 'bad', sentence: 'The server does not answer.' });
  expect(verdict.explanation).toContain('Its last answer came at');
});
