const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const NBSP = '\u00a0';

/** In full, with separators. */
export function full(value: number): string {
  return counts.format(value);
}

/** In full up to 99,999; then three digits with k, M, B. */
export function count(value: number): string {
  if (Math.abs(value) < 100_000) return counts.format(value);
  for (const [unit, suffix] of [[1e9, 'B'], [1e6, 'M'], [1e3, 'k']] as const) {
    const scaled = value / unit;
    if (Math.abs(scaled) >= 0.9995) return `${scaled.toPrecision(3)}${suffix}`;
  }
  return counts.format(value);
}

/** Requests a second: one decimal. */
export function rate(value: number): string {
  return value === 0 ? '0' : value.toFixed(1);
}

/** GiB, MiB or KiB, three digits. */
export function bytes(value: number): string {
  for (const [unit, suffix] of [[2 ** 30, 'GiB'], [2 ** 20, 'MiB']] as const) {
    if (value >= unit) return `${Number((value / unit).toPrecision(3))} ${suffix}`;
  }
  return `${Number((value / 1024).toPrecision(3))} KiB`;
}

/** Memory held for a time, in three digits however little it is. */
export function gibSeconds(value: number): string {
  return `${Number(value.toPrecision(3))} GiB·s`;
}

/** Whole percent with a no-break space; one decimal below 10 %. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)}${NBSP}%`;
}

/** Clock time in the viewer's zone, with its name. */
export function clock(at: Date): string {
  return at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' });
}

/** 24 Nov 2026 */
export function date(at: Date, timeZone?: string): string {
  return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone });
}

/** 24 Nov 2026, 14:32:07 UTC */
export function moment(at: Date): string {
  return `${date(at)}, ${clock(at)}`;
}

/** The viewer's zone, such as Europe/Berlin. */
export function viewerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** 84 ms, 1.84 s, 48 s, 4 min 10 s, 8 h 28 min, 6 days: three digits at most. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return milliseconds <= 0 ? '0 ms' : `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${Number(milliseconds.toPrecision(3)).toFixed(0)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** 2 s ago, 4 min ago, 9 h ago; a date beyond a day. */
export function ago(at: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - at.getTime()) / 1000);
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return date(at);
}

/** in 50 s, in 8 h 28 min, in 6 days */
export function until(at: Date, now: Date): string {
  const milliseconds = at.getTime() - now.getTime();
  if (milliseconds <= 0) return 'now';
  return `in ${milliseconds < 60_000 ? `${Math.ceil(milliseconds / 1000)} s` : duration(Math.round(milliseconds / 60_000) * 60_000)}`;
}

/** A sum: cents. $9,217.60 */
export function money(micros: number): string {
  return dollars(micros, 2);
}

/** Of one request: micro-units. $0.001188 */
export function exactMoney(micros: number): string {
  return dollars(micros, 6);
}

/** On an axis: no zeros behind the point, micro-units where a cent is too much. $1.5, $0.00025 */
export function axisMoney(dollars: number): string {
  return `$${dollars.toFixed(dollars < 0.1 ? 6 : 2).replace(/\.?0+$/, '')}`;
}

/** Cents for what has dollars, micro-units for what is less than a cent, so that nothing shows as zero that is not. */
export function anyMoney(micros: number): string {
  return micros !== 0 && Math.abs(micros) < 10_000 ? exactMoney(micros) : money(micros);
}

function dollars(micros: number, digits: number): string {
  const sign = micros < 0 ? '-' : '';
  const text = (Math.abs(micros) / 1e6).toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${sign}$${text}`;
}
