import { Icon, type IconName } from './Icon';

export type Status = 'ok' | 'warn' | 'bad' | 'info' | 'neutral' | 'waiting' | 'paused' | 'revoked';

const COLOUR: Record<Status, string> = {
  ok: 'ok',
  warn: 'warn',
  bad: 'bad',
  info: 'info',
  neutral: 'neutral',
  waiting: 'neutral',
  paused: 'warn',
  revoked: 'bad',
};

/** A status by icon and word, never by hue alone. */
export function StatusTag({ status, children }: { status: Status; children: string }) {
  const icon: IconName = status;
  return (
    <span className="tag" data-status={COLOUR[status]}>
      <Icon name={icon} />
      {children}
    </span>
  );
}
