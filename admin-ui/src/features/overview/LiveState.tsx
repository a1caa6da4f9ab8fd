import { clock } from '../../lib/format';
import { toggleLivePause, useLivePause } from '../../lib/livePause';

/** Whether figures come, and of when the last ones are. */
export function LiveState({ connected, at }: { connected: boolean; at: string | undefined }) {
  const paused = useLivePause();
  return (
    <button
      type="button"
      className="live"
      data-off={!connected || paused || undefined}
      aria-pressed={paused}
      title={paused ? 'Let the figures go on' : 'Hold the figures'}
      onClick={toggleLivePause}
    >
      <i aria-hidden="true" />
      <span>
        {paused ? 'Held' : connected ? 'Live' : 'No live figures'}
        {at === undefined ? '' : <span className="wide-only">, updated {clock(new Date(at))}</span>}
      </span>
    </button>
  );
}
