// Results as lines that the benchmark reads: one JSON row each, in the columns of ./penstock bench.
export const rows = [];

export function row(item, what, figure, unit, target, holds) {
  const result = { item, what, figure, unit, target, holds };
  rows.push(result);
  console.log(`ROW ${JSON.stringify(result)}`);
}

export function info(item, what, figure, unit) {
  row(item, what, figure, unit, '', null);
}

export function atMost(item, what, figure, unit, bound) {
  row(item, what, figure, unit, `at most ${bound}`, figure <= bound);
}

/** What depends on how busy the machine is: judged only where it is known to be idle. */
export function felt(judged, item, what, figure, unit, bound) {
  row(item, what, figure, unit, `at most ${bound}`, judged ? figure <= bound : null);
}

export function atLeast(item, what, figure, unit, bound) {
  row(item, what, figure, unit, `at least ${bound}`, figure >= bound);
}

export function equal(item, what, figure, unit, other) {
  row(item, what, figure, unit, `exactly ${other}`, figure === other);
}

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}
