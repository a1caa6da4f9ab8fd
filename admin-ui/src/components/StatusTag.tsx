import { Icon } from './Icon';

export type Status = 'ok' | 'warn' | 'bad' | 'info' | 'neutral';

/** A status by icon and word, never by hue alone. */
export function StatusTag({ status, children }: { status: Status; children: string }) {
  return (
    <span className="tag" data-status={status}>
      <Icon name={status} />
      {children}
    </span>
  );
}
