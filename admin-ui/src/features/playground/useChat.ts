import { useRef, useState } from 'react';
import { type Answer, bodyOf, type Message, NO_ANSWER, type Settings, streamChat } from './chat';

export interface Turn {
  id: number;
  question: string;
  answer: Answer;
}

export interface Chat {
  turns: Turn[];
  busy: boolean;
  send: (question: string) => void;
  stop: () => void;
  clear: () => void;
  /** The messages that a next question would be sent with. */
  asked: (question: string) => Message[];
}

/** One conversation with one model; nothing of it outlives the page. */
export function useChat(key: string, model: string, settings: Settings, system: string): Chat {
  const [turns, setTurns] = useState<Turn[]>([]);
  const running = useRef<AbortController | null>(null);
  const asked = (question: string): Message[] => [
    ...(system.trim() === '' ? [] : [{ role: 'system' as const, content: system }]),
    ...turns
      .filter((turn) => turn.answer.text !== '')
      .flatMap((turn): Message[] => [
        { role: 'user', content: turn.question },
        { role: 'assistant', content: turn.answer.text },
      ]),
    { role: 'user', content: question },
  ];
  const send = (question: string) => {
    const id = Date.now();
    const abort = new AbortController();
    running.current = abort;
    const body = bodyOf(model, asked(question), settings);
    setTurns((old) => [...old, { id, question, answer: NO_ANSWER }]);
    void streamChat(key, body, abort.signal, (answer) => {
      setTurns((old) => old.map((turn) => (turn.id === id ? { ...turn, answer } : turn)));
    });
  };
  return {
    turns,
    busy: turns.some((turn) => turn.answer.state === 'waiting' || turn.answer.state === 'writing'),
    send,
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      setTurns([]);
    },
    asked,
  };
}
