import { percent } from '../../lib/format';
import type { Token } from './chat';

interface Props {
  tokens: Token[];
  chosen: number | undefined;
  onChoose: (index: number | undefined) => void;
  writing: boolean;
}

/** Below 50 % dotted, below 25 % a solid line: what the model was less sure of. Arrow keys go from token to token. */
export function TokenText({ tokens, chosen, onChoose, writing }: Props) {
  return (
    <div
      className="answer-text"
      role="group"
      tabIndex={0}
      aria-label="Answer by tokens; arrow keys show probabilities"
      onKeyDown={(event) => {
        const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
        if (step === 0) return;
        event.preventDefault();
        onChoose(Math.max(0, Math.min(tokens.length - 1, (chosen ?? -1) + step)));
      }}
    >
      {tokens.map((token, i) => (
        <span
          key={i}
          className="token"
          data-chosen={i === chosen || undefined}
          data-unsure={token.probability < 0.25 ? 'very' : token.probability < 0.5 ? 'some' : undefined}
          title={percent(token.probability)}
          onClick={() => {
            onChoose(i === chosen ? undefined : i);
          }}
        >
          {token.token}
        </span>
      ))}
      {writing && <span className="caret" aria-hidden="true" />}
    </div>
  );
}
