const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** In full up to 99,999; then three digits with k, M, B. */
export function count(value: number): string {
  if (value < 100_000) return counts.format(value);
  for (const [unit, suffix] of [[1e9, 'B'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (value >= unit) return `${Number((value / unit).toPrecision(3))}${suffix}`;
  }
  return counts.format(value);
}

/** GiB or MiB, three digits. */
export function bytes(value: number): string {
  const gib = value / 2 ** 30;
  return gib >= 1 ? `${Number(gib.toPrecision(3))} GiB` : `${Number((value / 2 ** 20).toPrecision(3))} MiB`;
}

/** Whole percent with a no-break space; one decimal below 10 %. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0)}\u00a0%`;
}

/** Clock time in the viewer's zone, with its name. */
export function clock(at: Date): string {
  return at.toLocaleTimeString('en-GB', { timeZoneName: 'short' });
}

/** 48 s, 12 min, 8 h 28 min, 6 days. */
export function duration(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(milliseconds / 1000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}
