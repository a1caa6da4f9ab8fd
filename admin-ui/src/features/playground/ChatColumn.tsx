import { Select } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Fault } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { duration, exactMoney, full } from '../../lib/format';
import type { Answer } from './chat';
import { Inspector } from './Inspector';
import { TokenText } from './TokenText';
import type { Chat } from './useChat';
import { useCost } from './useCost';

interface Props {
  models: string[];
  model: string;
  onModel: (model: string) => void;
  chat: Chat;
  examples: string[];
  onExample: (text: string) => void;
}

export function ChatColumn({ models, model, onModel, chat, examples, onExample }: Props) {
  const last = chat.turns[chat.turns.length - 1];
  const end = useRef<HTMLDivElement>(null);
  const length = last?.answer.text.length ?? 0;
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [length, chat.turns.length]);
  return (
    <section className="chat-column" aria-label={`Chat with ${model}`}>
      <div className="chat-head">
        <Select
          aria-label="Model"
          data={models}
          value={model === '' ? null : model}
          allowDeselect={false}
          onChange={(value) => {
            if (value !== null) onModel(value);
          }}
        />
        <span className="grow" />
        {last && <State answer={last.answer} />}
      </div>
      <div className="chat-turns" tabIndex={0} role="log" aria-label="Messages" aria-live="off">
        {chat.turns.length === 0 && examples.length > 0 && (
          <div className="chat-examples">
            <p className="secondary">Ask something, or begin with one of these.</p>
            {examples.map((example) => (
              <button
                key={example}
                type="button"
                onClick={() => {
                  onExample(example);
                }}
              >
                {example}
              </button>
            ))}
          </div>
        )}
        {chat.turns.map((turn) => (
          <div key={turn.id} className="turn">
            <p className="question">{turn.question}</p>
            <AnswerView answer={turn.answer} />
          </div>
        ))}
        <div ref={end} />
      </div>
    </section>
  );
}

function State({ answer }: { answer: Answer }) {
  switch (answer.state) {
    case 'waiting':
      return <StatusTag status="waiting">Waits</StatusTag>;
    case 'writing':
      return <StatusTag status="info">Writing</StatusTag>;
    case 'done':
      return <StatusTag status="ok">Done</StatusTag>;
    case 'stopped':
      return <StatusTag status="neutral">Stopped</StatusTag>;
    case 'failed':
      return <StatusTag status="bad">Failed</StatusTag>;
  }
}

function AnswerView({ answer }: { answer: Answer }) {
  const [chosen, setChosen] = useState<number>();
  const token = chosen === undefined ? undefined : answer.tokens[chosen];
  const cost = useCost(answer.requestId, answer.state === 'done' || answer.state === 'stopped');
  return (
    <div className="answer">
      {answer.tokens.length > 0 ? (
        <TokenText tokens={answer.tokens} chosen={chosen} onChoose={setChosen} writing={answer.state === 'writing'} />
      ) : (
        <p className="answer-text">{answer.text}</p>
      )}
      {token && chosen !== undefined && <Inspector token={token} index={chosen} of={answer.tokens.length} />}
      <Fault error={answer.error === null ? null : new Error(answer.error)} />
      <dl className="answer-figures">
        <Figure name="First token" value={answer.firstTokenMs === null ? undefined : duration(answer.firstTokenMs)} />
        <Figure name="Speed" value={answer.tokensPerSecond === null ? undefined : `${answer.tokensPerSecond.toFixed(1)} tokens/s`} />
        <Figure name="Prompt" value={answer.promptTokens === null ? undefined : `${full(answer.promptTokens)} tokens, ${full(answer.cachedTokens ?? 0)} cached`} />
        <Figure name="Output" value={answer.outputTokens === null ? undefined : `${full(answer.outputTokens)} tokens`} />
        <Figure name="Cost" value={cost === undefined ? undefined : exactMoney(cost)} />
        <Figure name="Tier" value={answer.tier ?? undefined} />
        <Figure name="End" value={answer.finish ?? undefined} />
      </dl>
      {answer.requestId !== null && answer.state !== 'waiting' && (
        <div>
          <Link className="link small" to={`/requests/${answer.requestId}`}>
            Timeline and cost
          </Link>
        </div>
      )}
    </div>
  );
}

function Figure({ name, value }: { name: string; value: string | undefined }) {
  return value === undefined ? null : (
    <div>
      <dt>{name}</dt> <dd>{value}</dd>
    </div>
  );
}
