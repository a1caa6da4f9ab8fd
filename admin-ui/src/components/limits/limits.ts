import type { Data, Present, Schemas } from '../../lib/api/types';
import { anyMoney, count, duration, full, money } from '../../lib/format';

export type Limit = Data<'LimitInUse', 'resets_at' | 'expected' | 'reached_at'>;

interface Kind {
  kind: string;
  label: string;
  money?: boolean;
  /** What is counted, for the form. */
  unit: string;
}

export const KINDS: Kind[] = [
  { kind: 'requests_per_minute', label: 'Requests per minute', unit: 'requests' },
  { kind: 'requests_per_day', label: 'Requests today', unit: 'requests' },
  { kind: 'tokens_per_minute', label: 'Tokens per minute', unit: 'tokens' },
  { kind: 'tokens_per_day', label: 'Tokens today', unit: 'tokens' },
  { kind: 'tokens_per_month', label: 'Tokens this month', unit: 'tokens' },
  { kind: 'output_tokens_per_minute', label: 'Output tokens per minute', unit: 'tokens' },
  { kind: 'spend_per_day', label: 'Money today', unit: '$', money: true },
  { kind: 'spend_per_month', label: 'Money this month', unit: '$', money: true },
  { kind: 'concurrent_requests', label: 'Concurrent requests', unit: 'requests' },
  { kind: 'max_context_tokens', label: 'Longest prompt plus output', unit: 'tokens' },
  { kind: 'max_output_tokens', label: 'Longest output', unit: 'tokens' },
  { kind: 'credit', label: 'Credit', unit: '$', money: true },
];

export function kindOf(kind: string): Kind {
  return KINDS.find((k) => k.kind === kind) ?? { kind, label: kind, unit: '' };
}

/** Kinds that let an answer begin with what is left. */
export function mayBePartial(kind: string): boolean {
  return !['requests_per_minute', 'requests_per_day', 'concurrent_requests', 'max_context_tokens'].includes(kind);
}

/** As requests have it: money in micro-units. */
export function wireValue(kind: string, value: number | string): number {
  return Math.round(Number(value) * (kindOf(kind).money ? 1e6 : 1));
}

export type Effect = Present<Schemas['LimitEffect']>;

/** Whether it can be told what a limit of this kind would have meant. */
export function followsFromSums(kind: string): boolean {
  return /_per_(minute|day|month)$/.test(kind);
}

/** What a limit would have meant; of a minute's, what hours tell at least. */
export function effectInWords({ days, bound_days, refused, requests, at_least }: Effect): string {
  const time = `In the last ${days} days`;
  if (requests === 0) return `${time} there was no request.`;
  if (bound_days === 0) {
    return at_least
      ? `${time} no hour was so full that it must have bound; shorter bursts are not known.`
      : `${time} it would not have bound.`;
  }
  const when = `on ${bound_days === days ? 'each day' : bound_days === 1 ? '1 day' : `${bound_days} days`}`;
  return at_least
    ? `${time} it would have bound ${when} at least, and refused ${full(refused)} of ${full(requests)} requests or more; shorter bursts are not known.`
    : `${time} it would have bound ${when} and refused about ${full(refused)} of ${full(requests)} requests.`;
}

export function amount(kind: string, value: number): string {
  return kindOf(kind).money ? (value !== 0 && Math.abs(value) < 10_000 ? anyMoney(value) : money(value)) : count(value);
}

/** How full it is, holds included. Limits of one request have nothing to fill. */
export function fullness(limit: Limit): number {
  if (limit.window === 'request') return 0;
  return limit.value === 0 ? 1 : (limit.used + limit.held) / limit.value;
}

/**
 * The limit that would be reached first: one that is full, else the one with the least time left at its pace, else the
 * fullest. Undefined when nothing is limited or used.
 */
export function nextToBind(limits: Limit[]): Limit | undefined {
  const counted = limits.filter((limit) => fullness(limit) > 0);
  const time = (limit: Limit) => (limit.reached_at === null ? Infinity : Date.parse(limit.reached_at));
  return counted.sort(
    (a, b) =>
      Number(fullness(b) >= 1) - Number(fullness(a) >= 1) || time(a) - time(b) || fullness(b) - fullness(a),
  )[0];
}

/** The page's answer in words. */
export function sentenceOf(limits: Limit[], now: Date, whom = 'this tenant'): { say: string; more: string } {
  if (limits.length === 0) {
    return { say: `Nothing limits ${whom}.`, more: 'No limit is set on it or its plan; it takes what the machine has.' };
  }
  const next = nextToBind(limits);
  if (next === undefined) {
    return { say: 'No limit is near.', more: 'Nothing was used in the windows that run now.' };
  }
  const label = `${kindOf(next.kind).label}${next.scope === 'organization' ? '' : ` of the ${next.scope}`}${next.model === '' ? '' : ` for ${next.model}`}`;
  const of = `${amount(next.kind, next.used)} used${next.held > 0 ? ` and ${amount(next.kind, next.held)} held` : ''} of ${amount(next.kind, next.value)}.`;
  if (fullness(next) >= 1) {
    return { say: `${label} binds now.`, more: `${of} Requests above it get 429.` };
  }
  if (next.reached_at !== null) {
    const left = Date.parse(next.reached_at) - now.getTime();
    return { say: `${label} binds next, in about ${duration(Math.max(1000, Math.round(left / 60_000) * 60_000))} at the present pace.`, more: of };
  }
  return { say: `${label} is the fullest limit; none is reached at the present pace.`, more: of };
}

/** What stands in the column "When it binds". */
export function binding(limit: Limit, now: Date): string {
  if (limit.window === 'request') return 'each request by itself';
  if (fullness(limit) >= 1) return 'now';
  if (limit.reached_at !== null) {
    const left = Date.parse(limit.reached_at) - now.getTime();
    return `in about ${duration(Math.max(1000, Math.round(left / 60_000) * 60_000))}`;
  }
  if (limit.expected !== null && limit.used > 0) {
    return `${amount(limit.kind, limit.expected)} at reset, ${Math.round((100 * limit.expected) / Math.max(1, limit.value))} %`;
  }
  return 'not at this pace';
}

export function resets(limit: Limit, now: Date): string {
  switch (limit.window) {
    case 'minute':
      return 'rolling';
    case 'now':
      return 'at once';
    case 'request':
      return '-';
    case 'none':
      return 'by payment';
    default:
      return limit.resets_at === null ? '-' : `in ${duration(Math.max(60_000, Date.parse(limit.resets_at) - now.getTime()))}`;
  }
}
