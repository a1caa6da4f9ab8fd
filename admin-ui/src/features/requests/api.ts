import type { Data } from '../../lib/api/types';
import type { Status } from '../../components/StatusTag';

export type Ended = Data<'RequestStoreRequest', 'error_code' | 'first_token_ms' | 'key' | 'project' | 'settled_at'>;
export type Running = Data<'RequestViewsRunning', 'first_token_ms' | 'waits_for' | 'ahead' | 'kv_blocks' | 'kv_bytes'>;
export type Refused = Data<'LiveFiguresRefusal'>;

export interface EndedPage {
  data: Ended[];
  has_more: boolean;
  next_before: number | null;
  /** When few match: older ones than of this time were not looked at yet. */
  looked_back_to: string | null;
}

export interface RunningList {
  data: Running[];
  total: number;
  waiting: number;
}

export interface Detail {
  running: Running | null;
  booked: Ended | null;
  prices: Data<'RequestStorePrices'> | null;
  timeline: {
    steps: { kind: string; at_ms: number; tokens: number }[];
    gap_stride: number;
    gaps_ms: number[];
    waited_for: string | null;
  } | null;
}

const WORDS: Record<string, [Status, string]> = {
  stop: ['ok', 'Complete'],
  length: ['ok', 'Length reached'],
  cancelled: ['neutral', 'Cancelled'],
  error: ['bad', 'Failed'],
  rejected: ['bad', 'Refused'],
  waiting: ['waiting', 'Waits'],
  reading: ['info', 'Reads the prompt'],
  running: ['info', 'Writing'],
};

export function statusOf(status: string, errorCode: string | null): [Status, string] {
  if (status === 'length' && errorCode !== null) return ['warn', 'Cut by a limit'];
  return WORDS[status] ?? ['neutral', status];
}

export const STATUSES = [
  { value: '', label: 'Any end' },
  { value: 'stop', label: 'Complete' },
  { value: 'length', label: 'Length reached' },
  { value: 'cancelled', label: 'Cancelled' },
  { value: 'error', label: 'Failed' },
  { value: 'rejected', label: 'Refused' },
];

const REASONS: Record<string, string> = {
  place: 'a place in the batch',
  cache: 'room in KV memory',
  step: 'its turn in the next steps',
  tier: 'higher tiers, which go first',
};

/** What a request waits for, in words. */
export function reasonOf(waitsFor: string): string {
  return REASONS[waitsFor] ?? waitsFor;
}

export const TIERS = ['priority', 'default', 'flex', 'batch'];

export function shortId(id: string): string {
  return `req_...${id.slice(-6)}`;
}
