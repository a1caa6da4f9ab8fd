import { expect, test } from 'vitest';
import type { Detail, Ended } from './api';
import { kvRoomOf } from './kvRoom';
import { lanesOf } from './timeline';

const booked = {
  queued_ms: 10,
  first_token_ms: 60,
  total_ms: 200,
  prompt_tokens: 700,
  cached_tokens: 88,
  completion_tokens: 90,
  choices: 1,
  status: 'stop',
  at: '2026-11-24T12:00:00.000Z',
  settled_at: '2026-11-24T12:00:00.240Z',
} as Ended;

const timeline = {
  waited_for: null,
  gap_stride: 1,
  gaps_ms: [],
  steps: [
    { kind: 'prefill', at_ms: 10, tokens: 512 },
    { kind: 'prefill', at_ms: 40, tokens: 100 },
    { kind: 'paused', at_ms: 100, tokens: 40 },
    { kind: 'resumed', at_ms: 150, tokens: 40 },
    { kind: 'prefill', at_ms: 151, tokens: 740 },
  ],
};

function roomOf(detail: Detail) {
  return kvRoomOf(detail, lanesOf(detail), detail.booked?.first_token_ms ?? null);
}

/** Tokens just behind a time. */
function at(room: { times: number[]; tokens: number[] }, ms: number): number {
  const i = room.times.findLastIndex((time) => time * 1000 <= ms + 0.1);
  return Math.round(room.tokens[i] ?? 0);
}

test('chunks, tokens, a pause without room, and the end', () => {
  const room = roomOf({ running: null, booked, prices: null, timeline });
  if (room === null) throw new Error('there is none');
  expect(room.times.every((time, i) => i === 0 || time > (room.times[i - 1] ?? 0))).toBe(true);
  expect(at(room, 5)).toBe(0);
  expect(at(room, 10)).toBe(600); // with what was cached
  expect(at(room, 40)).toBe(700);
  expect(at(room, 99.8)).toBeGreaterThanOrEqual(700);
  expect(at(room, 120)).toBe(0);
  expect(at(room, 200)).toBe(0);
  expect(Math.round(Math.max(...room.tokens))).toBe(790);
});

test('nothing is drawn of what was not noted', () => {
  expect(roomOf({ running: null, booked, prices: null, timeline: null })).toBeNull();
  expect(roomOf({ running: null, booked: { ...booked, choices: 2 }, prices: null, timeline })).toBeNull();
});
