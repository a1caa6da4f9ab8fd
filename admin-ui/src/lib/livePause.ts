import { useState, useSyncExternalStore } from 'react';

let paused = false;
const listeners = new Set<() => void>();

/** Holds live figures as they are, or lets them go on: for who wants to read them. */
export function toggleLivePause(): void {
  paused = !paused;
  listeners.forEach((listener) => {
    listener();
  });
}

export function useLivePause(): boolean {
  return useSyncExternalStore(subscribe, isPaused);
}

/** What a value was when figures were held; the value itself while they are not. */
export function useHeld<T>(value: T): T {
  const holds = useLivePause();
  const [held, setHeld] = useState<{ value: T }>();
  if (holds && held === undefined) setHeld({ value });
  if (!holds && held !== undefined) setHeld(undefined);
  return holds && held !== undefined ? held.value : value;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function isPaused(): boolean {
  return paused;
}
