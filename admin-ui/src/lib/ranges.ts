const DAY = 86_400;

export const RANGES = [
  { value: '24h', label: 'Last 24 h' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: 'month', label: 'This month' },
  { value: 'last-month', label: 'Last month' },
  { value: 'custom', label: 'Custom' },
];

export interface Range {
  /** Seconds since 1970; the end is exclusive. */
  start: number;
  end: number;
  /** The time just before, as long, to compare with. */
  before: { start: number; end: number; words: string };
  bucket: 'hour' | 'day';
  words: string;
}

/** Days of UTC as in addresses: 2026-11-24. Empty where there are none. */
export interface Days {
  from: string;
  /** The last one, included. */
  to: string;
}

const NO_DAYS: Days = { from: '', to: '' };
const MOST_DAYS = 366;
const HOURLY_UP_TO = 3 * DAY;

/** Whole hours or days of UTC, since sums are kept by those. */
export function rangeOf(name: string, now: Date, days = NO_DAYS): Range {
  const second = Math.floor(now.getTime() / 1000);
  const hour = (Math.floor(second / 3600) + 1) * 3600;
  const midnight = (Math.floor(second / DAY) + 1) * DAY;
  const month = (offset: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1) / 1000;
  const back = (start: number, end: number, words: string, bucket: 'hour' | 'day', before: string): Range => ({
    start,
    end,
    words,
    bucket,
    before: { start: start - (end - start), end: start, words: before },
  });
  if (name === 'custom') {
    const custom = customRange(days, midnight);
    if (custom !== null) return custom;
  }
  switch (name) {
    case '24h':
      return back(hour - DAY, hour, 'in the last 24 h', 'hour', 'the 24 h before');
    case '7d':
      return back(midnight - 7 * DAY, midnight, 'in the last 7 days', 'day', 'the 7 days before');
    case '30d':
      return back(midnight - 30 * DAY, midnight, 'in the last 30 days', 'day', 'the 30 days before');
    case 'last-month':
      return {
        start: month(-1),
        end: month(0),
        words: `in ${monthName(month(-1))}`,
        bucket: 'day',
        before: { start: month(-2), end: month(-1), words: monthName(month(-2)) },
      };
    default: {
      const elapsed = hour - month(0);
      return {
        start: month(0),
        end: midnight,
        words: `since 1 ${monthName(month(0))}`,
        bucket: 'day',
        before: { start: month(-1), end: Math.min(month(0), month(-1) + elapsed), words: `to this day in ${monthName(month(-1))}` },
      };
    }
  }
}

function customRange({ from, to }: Days, midnight: number): Range | null {
  const start = Date.parse(`${from}T00:00:00Z`) / 1000;
  const last = Date.parse(`${to}T00:00:00Z`) / 1000;
  if (!Number.isFinite(start) || !Number.isFinite(last) || last < start) return null;
  const end = Math.min(last + DAY, start + MOST_DAYS * DAY, Math.max(midnight, start + DAY));
  const length = end - start;
  return {
    start,
    end,
    words: length === DAY ? `on ${dayName(start)}` : `from ${dayName(start)} to ${dayName(end - DAY)}`,
    bucket: length <= HOURLY_UP_TO ? 'hour' : 'day',
    before: { start: start - length, end: start, words: length === DAY ? 'the day before' : `the ${length / DAY} days before` },
  };
}

/** The days as far before or behind a range as it is long; nothing behind today. */
export function shifted({ start, end }: Range, by: -1 | 1, now: Date): Days | null {
  const length = Math.max(DAY, Math.ceil((end - start) / DAY) * DAY);
  const first = Math.floor(start / DAY) * DAY + by * length;
  if (first * 1000 > now.getTime()) return null;
  return { from: isoDay(first), to: isoDay(first + length - DAY) };
}

export function isoDay(second: number): string {
  return new Date(second * 1000).toISOString().slice(0, 10);
}

function dayName(second: number): string {
  return new Date(second * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
}

function monthName(second: number): string {
  return new Date(second * 1000).toLocaleDateString('en-GB', { month: 'long', timeZone: 'UTC' });
}
