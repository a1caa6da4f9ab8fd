import type { Load } from './overview';

export interface Totals {
  running: number;
  waiting: number;
  /** Share of the KV blocks in use, 0 to 1; 0 without blocks. */
  kvInUse: number;
}

export function totalsOf(loads: Load[]): Totals {
  const sum = (pick: (load: Load) => number) => loads.reduce((total, load) => total + pick(load), 0);
  const blocks = sum((load) => load.kvBlocksTotal);
  return {
    running: sum((load) => load.running),
    waiting: sum((load) => load.waiting),
    kvInUse: blocks === 0 ? 0 : (blocks - sum((load) => load.kvBlocksFree)) / blocks,
  };
}
