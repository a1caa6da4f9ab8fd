// What a person feels of a page: largest paint, shifts, blocked time, and how soon it answers a click.
// Definitions as https://web.dev/articles/vitals has them; the observers run before the page's own scripts.

export function observe(context) {
  return context.addInitScript(() => {
    const vitals = { lcp: 0, cls: 0, tbt: 0, inp: 0 };
    globalThis.penstockVitals = vitals;
    const on = (type, each, more = {}) => {
      new PerformanceObserver((list) => {
        list.getEntries().forEach(each);
      }).observe({ type, buffered: true, ...more });
    };
    on('largest-contentful-paint', (entry) => {
      vitals.lcp = entry.startTime;
    });
    on('layout-shift', (entry) => {
      if (!entry.hadRecentInput) vitals.cls += entry.value;
    });
    on('longtask', (entry) => {
      vitals.tbt += Math.max(0, entry.duration - 50);
    });
    on(
      'event',
      (entry) => {
        if (entry.interactionId > 0) vitals.inp = Math.max(vitals.inp, entry.duration);
      },
      { durationThreshold: 16 },
    );
  });
}

/** Milliseconds, and the sum of shifts. */
export function vitalsOf(page) {
  return page.evaluate(() => globalThis.penstockVitals);
}
