import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import { TimeChart } from '../../components/charts/TimeChart';
import { chartOf } from '../../components/charts/usageChart';
import { Panel } from '../../components/Panel';
import { Empty, Failure, Loading } from '../../components/states';
import { duration, percent } from '../../lib/format';
import { isoDay, type Range } from '../../lib/ranges';
import { askReport, groupsOf } from '../../lib/report';
import { useSession } from '../../lib/session';

const MOST = 9;

interface Props {
  range: Range;
  picker: ReactNode;
  onDays: (from: string, to: string) => void;
}

/** Who used the machine in a past range, by the books: a request counts where it was settled. */
export function PastShares({ range, picker, onDays }: Props) {
  const session = useSession();
  const asked = { start: range.start, end: range.end, group: 'tenant', bucket: range.bucket, tenant: '', model: '', limit: 50 };
  const report = useQuery({ queryKey: ['usage', session.scope, asked], queryFn: () => askReport(session, asked), placeholderData: (before) => before });
  const groups = useMemo(
    () => (report.data ? groupsOf(report.data.rows).sort((a, b) => b.sums.compute_us - a.sums.compute_us) : undefined),
    [report.data],
  );
  const chart = useMemo(() => (report.data && groups ? chartOf(report.data, groups, range, 'busy') : undefined), [report.data, groups, range]);
  const total = report.data?.total.compute_us ?? 0;
  return (
    <Panel title="Who used the machine" note={`engines busy ${range.words}, by ${range.bucket} of UTC`} right={picker}>
      {report.isError ? (
        <Failure what="Usage could not be read." error={report.error} onRetry={() => void report.refetch()} />
      ) : chart === undefined || groups === undefined ? (
        <Loading lines={6} />
      ) : groups.length === 0 ? (
        <Empty title={`Nothing was computed ${range.words}.`}>Choose another range, or look at what runs now.</Empty>
      ) : (
        <div className="use">
          <div className="chart-space">
            <TimeChart
              kind="bars"
              height={250}
              times={chart.times}
              series={chart.series}
              onZoom={(from, to) => {
                onDays(isoDay(from), isoDay(to));
              }}
              format={(v) => (v > 0 && v < 0.1 ? v.toPrecision(1) : v.toFixed(1))}
              label={`Engines busy by tenant ${range.words}. The table beside has the figures.`}
            />
          </div>
          <table>
            <caption className="sr">Tenants by computing {range.words}</caption>
            <thead>
              <tr>
                <th scope="col">Tenant</th>
                <th scope="col" className="number">
                  Share
                </th>
                <th scope="col" className="number">
                  Computing
                </th>
              </tr>
            </thead>
            <tbody>
              {groups.slice(0, MOST).map((group, i) => (
                <tr key={group.id}>
                  <td>
                    <span className="swatch" data-colour={i < 8 ? `cat-${i + 1}` : 'rest'} />
                    <Link className="cell-name" to={`/tenants/${group.id}`}>
                      {group.name}
                    </Link>
                  </td>
                  <td className="number medium">{total === 0 ? '-' : percent(group.sums.compute_us / total)}</td>
                  <td className="number secondary">{duration(group.sums.compute_us / 1000)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
