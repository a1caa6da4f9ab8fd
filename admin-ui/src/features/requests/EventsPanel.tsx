import { Panel } from '../../components/Panel';
import { duration } from '../../lib/format';
import type { Happening } from './timeline';

/** The timeline in words. */
export function EventsPanel({ happenings }: { happenings: Happening[] }) {
  return (
    <Panel title="Events" note="from submission">
      <table>
        <caption className="sr">Events of the request</caption>
        <thead>
          <tr>
            <th scope="col" className="number">
              After
            </th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {happenings.map(({ at, what }, i) => (
            <tr key={i}>
              <td className="number quiet">{duration(at)}</td>
              <td className="wrap">{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
