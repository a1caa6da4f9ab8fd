import { Icon } from '../../components/Icon';
import { Tile } from '../../components/Tile';
import { clock, count, duration, percent } from '../../lib/format';
import type { Overview } from './overview';
import { totalsOf } from './totals';

interface Props {
  overview: Overview | undefined;
  /** Milliseconds since 1970; 0 before the first answer. */
  readAt: number;
  stale: boolean;
}

export function FigureTiles({ overview, readAt, stale }: Props) {
  const totals = overview && totalsOf(overview.models.flatMap((model) => model.load ?? []));
  return (
    <section className="panel" aria-label="Figures of now" data-stale={stale || undefined}>
      {stale && (
        <p className="stale">
          <Icon name="warn" />
          {readAt === 0 ? 'No figures yet.' : `No figures since ${clock(new Date(readAt))}.`} Trying again every 2 s.
        </p>
      )}
      <dl className="tiles">
        <Tile label="Running" figure={totals && count(totals.running)} unit="requests" context="in the batch now" />
        <Tile
          label="Waiting"
          figure={totals && count(totals.waiting)}
          unit="requests"
          context={totals?.waiting === 0 ? 'no one waits' : 'for room in the batch'}
        />
        <Tile label="KV memory" figure={totals && percent(totals.kvInUse)} context="of the block pool in use" />
        <Tile
          label="Up"
          figure={overview && duration(readAt - overview.startedAt.getTime())}
          context={overview ? `since ${overview.startedAt.toLocaleString('en-GB')}` : ''}
        />
      </dl>
    </section>
  );
}
