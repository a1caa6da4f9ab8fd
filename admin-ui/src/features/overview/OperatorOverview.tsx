import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Icon } from '../../components/Icon';
import { Page } from '../../components/Page';
import { Loading, Stale } from '../../components/states';
import { clock } from '../../lib/format';
import { useSession } from '../../lib/session';
import { FigureTiles } from './FigureTiles';
import { LiveState } from './LiveState';
import { ModelFigures } from './ModelFigures';
import { Pipe } from './Pipe';
import { TenantShares } from './TenantShares';
import { TierTable } from './TierTable';
import { useLive } from './live';
import { useCalmVerdict } from './useCalmVerdict';
import { stagesOf, verdictOf } from './verdict';
import { WaitingTable } from './WaitingTable';

export function OperatorOverview() {
  const { credentials } = useSession();
  const { sample, points, connected } = useLive(credentials);
  const [asTable, setAsTable] = useState(false);
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
            <TenantShares sample={sample} points={points} />
            <TierTable sample={sample} points={points} />
            <WaitingTable sample={sample} />
            <ModelFigures sample={sample} />
          </div>
        </>
      )}
    </Page>
  );
}
