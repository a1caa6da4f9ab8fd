interface Props {
  used: number;
  held?: number;
  limit: number;
  /** Used by the time of the reset. */
  expected?: number | null;
  /** It binds now or next. */
  binds?: boolean;
  label: string;
}

/** Used solid, held hatched, a tick where it is expected to be at the reset. */
export function LimitBar({ used, held = 0, limit, expected, binds, label }: Props) {
  const share = (value: number) => (limit === 0 ? 100 : Math.min(100, (100 * value) / limit));
  return (
    <span className="limit-bar" data-binds={binds || undefined} role="img" aria-label={label}>
      <i style={{ width: `${share(used)}%` }} />
      <u style={{ left: `${share(used)}%`, width: `${Math.min(100 - share(used), share(held))}%` }} />
      {typeof expected === 'number' && <s style={{ left: `${share(expected)}%` }} />}
    </span>
  );
}

/** Part of a whole that is full. */
export function Meter({ share, hot, label }: { share: number; hot?: boolean; label: string }) {
  return (
    <span className="bar" data-hot={hot || undefined} role="img" aria-label={label}>
      <i style={{ width: `${Math.max(0, Math.min(100, share * 100))}%` }} />
    </span>
  );
}
