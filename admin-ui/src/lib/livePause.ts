import { useSyncExternalStore } from 'react';

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

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function isPaused(): boolean {
  return paused;
}
