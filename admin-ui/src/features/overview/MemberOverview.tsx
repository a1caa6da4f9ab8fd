import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { TimeChart } from '../../components/charts/TimeChart';
import { kindOf, type Limit, sentenceOf } from '../../components/limits/limits';
import { Page } from '../../components/Page';
import { Panel, Sentence } from '../../components/Panel';
import { Empty, Stale } from '../../components/states';
import { Tiles } from '../../components/Tiles';
import { answer } from '../../lib/api/client';
import { clock, count, duration, full } from '../../lib/format';
import { useHeld } from '../../lib/livePause';
import { useSession } from '../../lib/session';
import { useEventStream } from '../../lib/useEventStream';
import { useNow } from '../../lib/useNow';
import { LiveState } from './LiveState';

interface Own {
  at: string;
  share: number;
  tokens_per_second: number;
  running: number;
  waiting: number;
  longest_wait_millis: number | null;
  refused5_min: number;
}
interface OwnPoint {
  at: string;
  share: number;
  tokens_per_second: number;
}
const KEPT = 360;

/** A tenant's own: nothing of others, no devices; what holds them back are limits and waiting. */
export function MemberOverview({ organization, name }: { organization: string; name: string }) {
  const { credentials, api } = useSession();
  const [latest, setOwn] = useState<Own>();
  const [kept, setPoints] = useState<OwnPoint[]>([]);
  const { own, points } = useHeld({ own: latest, points: kept });
  const onEvent = useCallback((event: string, data: unknown) => {
    if (event === 'history') {
      setPoints((data as { points: OwnPoint[] }).points);
      return;
    }
    const sample = data as Own;
    setOwn(sample);
    setPoints((old) => {
      const last = old[old.length - 1];
      return last && Date.parse(sample.at) - Date.parse(last.at) < 4800 ? old : [...old.slice(1 - KEPT), sample];
    });
  }, []);
  const connected = useEventStream('/v1/organization/live', credentials, onEvent);
  const limits = useQuery({
    queryKey: ['limits', organization, 'overview'],
    queryFn: () => answer<{ data: Limit[] }>(api.GET('/v1/organization/limits', {})),
    refetchInterval: 5000,
  });
  const now = useNow(5000);
  const next = sentenceOf(limits.data?.data ?? [], now, 'you');
  const full100 = limits.data?.data.filter((l) => l.window !== 'request' && l.used + l.held >= l.value) ?? [];
  const recent = points.slice(-72);
  const active = points.some((p) => p.tokens_per_second > 0);
  return (
    <Page title="Overview" beside={<LiveState connected={connected} at={own?.at} />}>
      {own && !connected && <Stale since={clock(new Date(own.at))}>The stream broke; it is opened again by itself.</Stale>}
      {own && (
        <Sentence
          more={
            full100.length > 0
              ? 'Requests above it get 429.'
              : own.refused5_min > 0
                ? `${full(own.refused5_min)} requests were refused in 5 min.`
                : `${next.say} ${next.more}`
          }
          right={
            <Link className="link" to={`/tenants/${organization}`}>
              Limits of {name}
            </Link>
          }
        >
          {verdict(own, full100)}
        </Sentence>
      )}
      <Tiles
        label="Key figures"
        stale={!connected}
        tiles={[
          {
            label: 'Output',
            figure: own && count(Math.round(own.tokens_per_second)),
            unit: 'tokens/s',
            context: own ? `${full(own.running)} ${own.running === 1 ? 'request writes' : 'requests write'}` : '',
            spark: recent.map((p) => p.tokens_per_second),
          },
          {
            label: 'Waiting',
            figure: own && full(own.waiting),
            unit: 'requests',
            context: own?.longest_wait_millis == null ? 'no one waits' : `longest ${duration(own.longest_wait_millis)}`,
          },
          {
            label: 'Computing',
            figure: own?.share.toFixed(2),
            unit: 'engines',
            context: 'kept busy by your requests',
            spark: recent.map((p) => p.share),
          },
          { label: 'Refused, 5 min', figure: own && full(own.refused5_min), unit: 'requests', context: 'by limits or a full queue' },
        ]}
      />
      <Panel title="Output" note="tokens a second, last 30 min">
        {active ? (
          <div className="chart-space">
            <TimeChart
              kind="lines"
              height={220}
              times={points.map((p) => Math.round(Date.parse(p.at) / 1000))}
              series={[{ name: 'tokens/s', colour: 'accent', values: points.map((p) => p.tokens_per_second) }]}
              format={count}
              label={`Output in tokens a second, last 30 min; now ${own ? Math.round(own.tokens_per_second) : 0}`}
            />
          </div>
        ) : (
          <Empty title="No requests in the last 30 min.">
            Try one in the <Link className="link" to="/playground">Playground</Link>, or create a <Link className="link" to="/keys">key</Link>.
          </Empty>
        )}
      </Panel>
    </Page>
  );
}

function verdict(own: Own, reached: Limit[]): string {
  const first = reached[0];
  if (first) return `A limit holds you back: ${kindOf(first.kind).label.toLowerCase()}.`;
  if (own.waiting > 0) return `${full(own.waiting)} of your requests ${own.waiting === 1 ? 'waits' : 'wait'} for the first token.`;
  return 'Nothing holds you back.';
}
