const DAY = 86_400;

export const RANGES = [
  { value: '24h', label: 'Last 24 h' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: 'month', label: 'This month' },
  { value: 'last-month', label: 'Last month' },
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

/** Whole hours or days of UTC, since sums are kept by those. */
export function rangeOf(name: string, now: Date): Range {
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

function monthName(second: number): string {
  return new Date(second * 1000).toLocaleDateString('en-GB', { month: 'long', timeZone: 'UTC' });
}
