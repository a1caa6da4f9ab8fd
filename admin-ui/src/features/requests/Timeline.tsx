import { duration } from '../../lib/format';
import { type Lanes, type Span, ticksOf } from './timeline';

/** One shared time axis; lanes with their totals. The text beside each bar says what the bar shows. */
interface Props {
  lanes: Lanes;
  cached: number;
  tokens: number;
  /** What it waited for, in words; empty when that is not known. */
  reason: string;
}

export function Timeline({ lanes, cached, tokens, reason }: Props) {
  const place = (span: Span) => ({
    left: `${(100 * span.from) / lanes.total}%`,
    width: `${Math.max(0.15, (100 * (span.to - span.from)) / lanes.total)}%`,
  });
  const sum = (spans: Span[]) => duration(spans.reduce((total, s) => total + s.to - s.from, 0));
  const rows: { name: string; total: string; spans: Span[]; kind: string; note: string }[] = [
    {
      name: 'Queued',
      total: sum(lanes.queued ? [lanes.queued] : []),
      spans: lanes.queued ? [lanes.queued] : [],
      kind: 'queued',
      note: reason,
    },
    {
      name: 'Prefill',
      total: sum(lanes.prefill),
      spans: lanes.prefill,
      kind: 'prefill',
      note: [
        lanes.prefill.length > 1 ? `${lanes.prefill.length} chunks: ${lanes.prefill.map((s) => s.tokens).join(', ')} tokens` : '',
        cached > 0 ? `${cached} from cache` : '',
      ]
        .filter((part) => part !== '')
        .join('; '),
    },
    { name: 'Decode', total: sum(lanes.decode), spans: lanes.decode, kind: 'decode', note: `${tokens} tokens` },
    ...(lanes.paused.length > 0
      ? [{ name: 'Paused', total: sum(lanes.paused), spans: lanes.paused, kind: 'paused', note: 'left the batch so that others had room' }]
      : []),
  ];
  return (
    <div className="timeline" role="region" tabIndex={0} aria-label="Timeline">
      <div className="lane lane-axis" aria-hidden="true">
        <span />
        <span />
        <div className="lane-track">
          {ticksOf(lanes.total).map((at) => (
            <span key={at} className="lane-tick" style={{ left: `${(100 * at) / lanes.total}%` }}>
              {duration(at)}
            </span>
          ))}
        </div>
      </div>
      <div className="lane">
        <span className="medium">Ledger</span>
        <span className="quiet number">{lanes.settled === null ? 'held' : 'settled'}</span>
        <div className="lane-track">
          <b className="lane-event" style={{ left: 0 }} title="admitted" />
          {lanes.settled !== null && <b className="lane-event" style={{ left: '100%' }} title="settled" />}
          <span className="lane-note" style={{ left: 6 }}>
            admitted
          </span>
          {lanes.settled !== null && (
            <span className="lane-note lane-note-left" style={{ right: 6 }}>
              settled {lanes.settled > lanes.total ? `${duration(lanes.settled - lanes.total)} after the end` : ''}
            </span>
          )}
        </div>
      </div>
      {rows.map((row) => (
        <div key={row.name} className="lane">
          <span className="medium">{row.name}</span>
          <span className="quiet number">{row.total}</span>
          <div className="lane-track">
            {row.spans.map((span) => (
              <i key={span.from} data-phase={row.kind} style={place(span)} />
            ))}
            {row.note !== '' && <span className={noteLeft(row.spans, lanes.total) ? 'lane-note lane-note-left' : 'lane-note'} style={notePlace(row.spans, lanes.total)}>{row.note}</span>}
          </div>
        </div>
      ))}
    </div>
  );
}

function noteLeft(spans: Span[], total: number): boolean {
  return (spans[spans.length - 1]?.to ?? 0) > total * 0.7;
}

function notePlace(spans: Span[], total: number) {
  return noteLeft(spans, total)
    ? { right: `${100 - (100 * (spans[0]?.from ?? 0)) / total}%` }
    : { left: `${(100 * (spans[spans.length - 1]?.to ?? 0)) / total}%` };
}
