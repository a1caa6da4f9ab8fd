import { useState } from 'react';
import type { Verdict } from './verdict';

const CALM_MS = 5000;

/** The verdict is made anew each second, but another one is shown only when it has held for five: it does not flicker. */
export function useCalmVerdict(now: Verdict | undefined): Verdict | undefined {
  const [state, setState] = useState<{ shown: Verdict; other: string | null; since: number } | undefined>();
  const [seen, setSeen] = useState<Verdict | undefined>();
  if (now !== seen) {
    setSeen(now);
    setState(next(state, now));
  }
  return state?.shown ?? now;
}

function next(state: { shown: Verdict; other: string | null; since: number } | undefined, now: Verdict | undefined) {
  if (now === undefined) return state;
  const at = Date.now();
  if (state === undefined || now.sentence === state.shown.sentence) return { shown: now, other: null, since: at };
  if (state.other !== now.sentence) return { ...state, other: now.sentence, since: at };
  return at - state.since >= CALM_MS ? { shown: now, other: null, since: at } : state;
}
