import { clock } from '../../lib/format';

/** Whether figures come, and of when the last ones are. */
export function LiveState({ connected, at }: { connected: boolean; at: string | undefined }) {
  return (
    <span className="live" data-off={!connected || undefined}>
      <i aria-hidden="true" />
      <span>
        {connected ? 'Live' : 'No live figures'}
        {at === undefined ? '' : <span className="wide-only">, updated {clock(new Date(at))}</span>}
      </span>
    </span>
  );
}
