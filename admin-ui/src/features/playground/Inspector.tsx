import { Meter } from '../../components/LimitBar';
import { percent } from '../../lib/format';
import type { Token } from './chat';

/** What else the model might have written there; under the answer, never over the text. */
export function Inspector({ token, index, of }: { token: Token; index: number; of: number }) {
  return (
    <div className="inspector" role="status">
      <span className="small quiet">
        Token
        <br />
        {index + 1} of {of}
      </span>
      {token.others.slice(0, 4).map((other, i) => (
        <div key={i}>
          <span className="mono" data-own={other.token === token.token || undefined}>
            {JSON.stringify(other.token).slice(1, -1)}
          </span>
          <Meter share={other.probability} label={percent(other.probability)} />
          <span className="small">{percent(other.probability)}</span>
        </div>
      ))}
    </div>
  );
}
