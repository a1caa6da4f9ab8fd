import type { Detail } from './api';

export interface Span {
  from: number;
  to: number;
  /** Prompt tokens of a chunk. */
  tokens?: number;
}

export interface Lanes {
  /** End of the axis, milliseconds from submission. */
  total: number;
  queued: Span | null;
  prefill: Span[];
  decode: Span[];
  paused: Span[];
  /** When the books had it, milliseconds from submission; null while they do not. */
  settled: number | null;
  running: boolean;
}

/** Where the time went, from what was booked and what the engine noted; what is not known is left out. */
export function lanesOf({ running, booked, timeline }: Detail): Lanes {
  const total = booked?.total_ms ?? running?.elapsed_ms ?? 0;
  const first = booked?.first_token_ms ?? running?.first_token_ms ?? null;
  const steps = timeline?.steps ?? [];
  const chunks = steps.filter((s) => s.kind === 'prefill');
  const begun = booked ? booked.queued_ms : (chunks[0]?.at_ms ?? null);
  const paused: Span[] = [];
  steps.forEach((step, i) => {
    const next = steps[i + 1];
    if (step.kind === 'paused' && next?.kind === 'resumed') paused.push({ from: step.at_ms, to: next.at_ms });
  });
  const endOfPrefill = first ?? total;
  const prefill =
    chunks.length > 0
      ? chunks.map((chunk, i) => ({ from: chunk.at_ms, to: chunks[i + 1]?.at_ms ?? endOfPrefill, tokens: chunk.tokens }))
      : begun !== null && begun < endOfPrefill
        ? [{ from: begun, to: endOfPrefill }]
        : [];
  return {
    total,
    queued: begun === null ? (first === null ? { from: 0, to: total } : null) : { from: 0, to: begun },
    prefill,
    decode: first === null ? [] : between(first, total, paused),
    paused,
    settled: booked?.settled_at == null ? null : Math.max(total, Date.parse(booked.settled_at) - Date.parse(booked.at)),
    running: running !== null,
  };
}

function between(from: number, to: number, gaps: Span[]): Span[] {
  const parts: Span[] = [];
  let at = from;
  for (const gap of gaps) {
    if (gap.from > at) parts.push({ from: at, to: gap.from });
    at = Math.max(at, gap.to);
  }
  if (to > at) parts.push({ from: at, to });
  return parts;
}

export interface Happening {
  at: number;
  what: string;
}

/** What happened, in order, in words. */
export function happenings({ timeline, booked }: Detail, lanes: Lanes, first: number | null): Happening[] {
  const steps = timeline?.steps ?? [];
  const chunks = steps.filter((s) => s.kind === 'prefill');
  const list: Happening[] = [{ at: 0, what: 'admitted; what it may use at most is held' }];
  if (lanes.queued !== null && steps.length === 0 && !lanes.running && lanes.queued.to < lanes.total) list.push({ at: lanes.queued.to, what: 'its prompt begins' });
  steps.forEach((step) => {
    if (step.kind === 'prefill') {
      const nth = chunks.length > 1 ? `chunk ${chunks.indexOf(step) + 1} of ${chunks.length}` : 'the prompt';
      list.push({ at: step.at_ms, what: `reads ${nth}, ${step.tokens} tokens` });
    } else {
      list.push({ at: step.at_ms, what: step.kind === 'paused' ? `paused after ${step.tokens} tokens, so that others had room` : 'goes on' });
    }
  });
  if (first !== null) list.push({ at: first, what: 'first token' });
  if (booked) list.push({ at: lanes.total, what: `ended: ${booked.error_code ?? booked.status}` });
  if (lanes.settled !== null) list.push({ at: lanes.settled, what: 'settled: what it used is booked, the rest of the hold is free' });
  return list.sort((a, b) => a.at - b.at);
}

/** Round ticks, at most six. */
export function ticksOf(total: number): number[] {
  const raw = total / 5;
  const power = 10 ** Math.floor(Math.log10(Math.max(raw, 1e-3)));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw) ?? power * 10;
  const ticks: number[] = [];
  for (let at = 0; at <= total * 1.001; at += step) ticks.push(at);
  return ticks;
}
