import { ago, moment, until } from '../lib/format';
import { useNow } from '../lib/useNow';

/** How long ago, in full on hover; "-" when there is none. */
export function Ago({ at, never = '-' }: { at: string | null; never?: string }) {
  const now = useNow(5000);
  if (at === null) return <span className="quiet">{never}</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={moment(date)}>
      {ago(date, now)}
    </time>
  );
}

export function Until({ at }: { at: string }) {
  const now = useNow(1000);
  const date = new Date(at);
  return (
    <time dateTime={at} title={moment(date)}>
      {until(date, now)}
    </time>
  );
}
