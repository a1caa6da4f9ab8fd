import type { Detail } from './api';
import type { Lanes } from './timeline';

export interface KvRoom {
  /** Seconds from submission, rising. */
  times: number[];
  /** Tokens whose keys and values are held at these times. */
  tokens: number[];
}

/** Corners that stand above one another are as far apart, so that times rise. */
const CORNER_MS = 0.001;

/**
 * Room in the KV cache that a request holds: what was found in the cache, each chunk of the prompt from when it is computed,
 * then a token for each that is written, as if they came evenly, nothing while it is paused. Null where the server noted no chunks, or where several
 * choices share room that is noted of the first alone.
 */
export function kvRoomOf({ booked, running, timeline }: Detail, lanes: Lanes, first: number | null): KvRoom | null {
  const chunks = (timeline?.steps ?? []).filter((step) => step.kind === 'prefill');
  if (chunks.length === 0 || (booked?.choices ?? 1) > 1) return null;
  const prompt = (booked ?? running)?.prompt_tokens ?? 0;
  const written = (booked ?? running)?.completion_tokens ?? 0;
  const points: [number, number][] = [[0, 0]];
  const add = (at: number, tokens: number) => {
    const last = points[points.length - 1];
    points.push([last === undefined ? at : Math.max(at, last[0] + CORNER_MS), tokens]);
  };
  // What no chunk computed before the first token was in the cache.
  const computed = chunks.filter((chunk) => first === null || chunk.at_ms <= first).reduce((sum, chunk) => sum + chunk.tokens, 0);
  let held = running && first === null ? 0 : Math.max(0, prompt - computed);
  for (const chunk of chunks) {
    if (first !== null && chunk.at_ms > first) break; // computed again after a pause
    add(chunk.at_ms, points.length === 1 ? 0 : held);
    held += chunk.tokens;
    add(chunk.at_ms, held);
  }
  const writing = lanes.decode.reduce((sum, span) => sum + span.to - span.from, 0);
  for (const span of lanes.decode) {
    add(span.from, held);
    held += writing === 0 ? 0 : (written * (span.to - span.from)) / writing;
    add(span.to, held);
    const pause = lanes.paused.find(({ from, to }) => from <= span.to + CORNER_MS && to > span.to);
    if (pause) {
      add(span.to, 0);
      add(pause.to, 0);
    }
  }
  if (!lanes.running) {
    add(lanes.total, held);
    add(lanes.total, 0);
  }
  return { times: points.map(([at]) => at / 1000), tokens: points.map(([, tokens]) => tokens) };
}
