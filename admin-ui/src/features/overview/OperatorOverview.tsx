import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Icon } from '../../components/Icon';
import { Page } from '../../components/Page';
import { RangePicker } from '../../components/RangePicker';
import { Loading, Stale } from '../../components/states';
import { clock } from '../../lib/format';
import { useHeld } from '../../lib/livePause';
import { rangeOf } from '../../lib/ranges';
import { useSession } from '../../lib/session';
import { useUrlState } from '../../lib/urlState';
import { FigureTiles } from './FigureTiles';
import { LiveState } from './LiveState';
import { ModelFigures } from './ModelFigures';
import { PastShares } from './PastShares';
import { Pipe } from './Pipe';
import { TenantShares } from './TenantShares';
import { TierTable } from './TierTable';
import { useLive } from './live';
import { useCalmVerdict } from './useCalmVerdict';
import { stagesOf, verdictOf } from './verdict';
import { WaitingTable } from './WaitingTable';

const STEP_SECONDS = 5;
const MINUTES: Record<string, number | undefined> = { '5m': 5, '15m': 15, '30m': 30 };
const LIVE = [
  { value: '5m', label: 'Last 5 min' },
  { value: '15m', label: 'Last 15 min' },
  { value: '30m', label: 'Last 30 min' },
];

export function OperatorOverview() {
  const { credentials } = useSession();
  const live = useLive(credentials);
  const { connected } = live;
  const { sample, points } = useHeld(live);
  const [asTable, setAsTable] = useState(false);
  const [url, setUrl] = useUrlState({ range: '30m', from: '', to: '' });
  const minutes = MINUTES[url.range];
  const range = useMemo(() => rangeOf(url.range, new Date(), { from: url.from, to: url.to }), [url.range, url.from, url.to]);
  const shown = useMemo(() => points.slice(-((minutes ?? 30) * 60) / STEP_SECONDS), [points, minutes]);
  const picker = <RangePicker value={url} shown={range} onChange={setUrl} live={LIVE} />;
  const stages = useMemo(() => (sample ? stagesOf(sample) : undefined), [sample]);
  const latest = useMemo(() => (sample && stages ? verdictOf(sample, stages) : undefined), [sample, stages]);
  const verdict = useCalmVerdict(latest);
  return (
    <Page title="Overview" beside={<LiveState connected={connected} at={sample?.at} />}>
      {sample === undefined || stages === undefined || verdict === undefined ? (
        <section className="panel">
          <Loading lines={6} />
        </section>
      ) : (
        <>
          {!connected && <Stale since={clock(new Date(sample.at))}>The stream broke; it is opened again by itself.</Stale>}
          <section className="panel verdict" aria-label="What holds us back now">
            <div className="verdict-say">
              <div className="small quiet row">
                <span className={verdict.status === 'ok' ? 'ok-ink' : verdict.status === 'warn' ? 'warn-ink' : 'bad-ink'}>
                  <Icon name={verdict.status} small />
                </span>
                What holds us back now
              </div>
              <p className="verdict-sentence" aria-live="polite">
                {verdict.sentence}
              </p>
              <p className="secondary">{verdict.explanation}</p>
              <div className="verdict-links">
                {verdict.links.map((link) => (
                  <Link key={link.label} className="link" to={link.to} search={(link.search ?? {}) as never}>
                    {link.label}
                  </Link>
                ))}
              </div>
            </div>
            <div className="pipe">
              <div className="small quiet row between pipe-caption">
                <span>Room left at each stage. The narrowest part binds.</span>
                <button
                  type="button"
                  className="link small"
                  onClick={() => {
                    setAsTable(!asTable);
                  }}
                >
                  {asTable ? 'As a pipe' : 'As a table'}
                </button>
              </div>
              {asTable ? (
                <table>
                  <caption className="sr">Room left at each stage</caption>
                  <tbody>
                    {stages.map((stage) => (
                      <tr key={stage.name}>
                        <th scope="row">{stage.name}</th>
                        <td>{stage.figure}</td>
                        <td className="secondary">{stage.note}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              ) : (
                <Pipe stages={stages} binds={verdict.binds} />
              )}
            </div>
          </section>
          <FigureTiles sample={sample} points={points} stale={!connected} />
          <div className="columns">
            {minutes === undefined ? (
              <PastShares
                range={range}
                picker={picker}
                onDays={(from, to) => {
                  setUrl({ range: 'custom', from, to });
                }}
              />
            ) : <TenantShares sample={sample} points={shown} minutes={minutes} picker={picker} />}
            <TierTable sample={sample} points={shown} minutes={minutes ?? 30} />
            <WaitingTable sample={sample} />
            <ModelFigures sample={sample} />
          </div>
        </>
      )}
    </Page>
  );
}
