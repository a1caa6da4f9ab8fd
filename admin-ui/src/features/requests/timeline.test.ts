import { expect, test } from 'vitest';
import type { Detail, Ended } from './api';
import { happenings, lanesOf, ticksOf } from './timeline';

const booked = {
  queued_ms: 10,
  first_token_ms: 60,
  total_ms: 200,
  status: 'stop',
  error_code: null,
  at: '2026-11-24T12:00:00.000Z',
  settled_at: '2026-11-24T12:00:00.240Z',
} as Ended;

test('chunks, a pause and the decoding around it', () => {
  const detail: Detail = {
    running: null,
    booked,
    prices: null,
    timeline: {
      waited_for: null,
      gap_stride: 1,
      gaps_ms: [],
      steps: [
        { kind: 'prefill', at_ms: 10, tokens: 512 },
        { kind: 'prefill', at_ms: 40, tokens: 100 },
        { kind: 'paused', at_ms: 100, tokens: 3 },
        { kind: 'resumed', at_ms: 150, tokens: 3 },
      ],
    },
  };
  expect(lanesOf(detail)).toEqual({
    total: 200,
    queued: { from: 0, to: 10 },
    prefill: [
      { from: 10, to: 40, tokens: 512 },
      { from: 40, to: 60, tokens: 100 },
    ],
    decode: [
      { from: 60, to: 100 },
      { from: 150, to: 200 },
    ],
    paused: [{ from: 100, to: 150 }],
    settled: 240,
    running: false,
  });
  expect(happenings(detail, lanesOf(detail), 60).map((h) => h.at)).toEqual([0, 10, 40, 60, 100, 150, 200, 240]);
});

test('without the engine\'s notes the booked times say where it went', () => {
  const lanes = lanesOf({ running: null, booked, prices: null, timeline: null });
  expect(lanes.prefill).toEqual([{ from: 10, to: 60 }]);
  expect(lanes.decode).toEqual([{ from: 60, to: 200 }]);
});

test('axis ticks are round and few', () => {
  expect(ticksOf(11_620)).toEqual([0, 5000, 10_000]);
  expect(ticksOf(90)).toEqual([0, 20, 40, 60, 80]);
});
