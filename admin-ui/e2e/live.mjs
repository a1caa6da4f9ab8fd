// The overview with fifty tenants and two hundred streams: what a second of it costs the browser.
// Usage: node live.mjs --base URL --admin-key KEY [--shots DIRECTORY]
import { parseArgs } from 'node:util';
import { launch } from './browser.mjs';
import { Flow } from './flow.mjs';
import { atLeast, atMost, equal, info } from './rows.mjs';

const TENANTS = 50;
const STREAMS = 200;
const MEASURED_MS = 20_000;
const MOST_SHARE = 5;

const { values } = parseArgs({ options: { base: { type: 'string' }, 'admin-key': { type: 'string' }, shots: { type: 'string' } } });
const { base } = values;
const headers = { Authorization: `Bearer ${values['admin-key']}`, 'Content-Type': 'application/json' };
const post = async (path, body) => (await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) })).json();

const keys = [];
for (let i = 0; i < TENANTS; i++) {
  const tenant = await post('/admin/tenants', { name: `tenant-${String(i).padStart(2, '0')}` });
  keys.push((await post(`/admin/tenants/${tenant.id}/keys`, { name: 'load' })).key);
}
const abort = new AbortController();
let running = 0;
for (let i = 0; i < STREAMS; i++) {
  void fetch(`${base}/v1/chat/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${keys[i % TENANTS]}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: 'null', stream: true, max_tokens: 20_000, messages: [{ role: 'user', content: 'go on' }] }),
    signal: abort.signal,
  })
    .then(async (response) => {
      running++;
      const reader = response.body.getReader();
      while (!(await reader.read()).done);
    })
    .catch(() => {});
}
const browser = await launch();
try {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  let streams = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/admin/live')) streams++;
  });
  const flow = new Flow(page, { base, adminKey: values['admin-key'] });
  await flow.firstOwner();
  await page.getByRole('table', { name: 'Tenants by share of computing, now' }).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(5000);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const whole = await browser.newBrowserCDPSession();
  /** Seconds of processor time so far: of the page's main thread, and of the browser's processes by kind. */
  const used = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
    const of = (kind) => processInfo.filter((p) => !kind || p.type === kind).reduce((sum, p) => sum + p.cpuTime, 0);
    return { main: metrics.find((m) => m.name === 'TaskDuration').value, renderer: of('renderer'), all: of() };
  };
  await page.evaluate(() => {
    const seconds = (globalThis.changedSeconds = new Set());
    new MutationObserver(() => seconds.add(Math.floor(performance.now() / 1000))).observe(document.querySelector('.top .live'), {
      subtree: true,
      characterData: true,
      childList: true,
    });
  });
  const before = await used();
  await page.waitForTimeout(MEASURED_MS);
  const after = await used();
  const share = (kind) => Number(((100 * (after[kind] - before[kind])) / (MEASURED_MS / 1000)).toFixed(2));
  const changes = await page.evaluate(() => globalThis.changedSeconds.size);
  const shown = await page.locator('dl.tiles').innerText();
  info('live.streams', 'streams that run while Overview is open, of 50 tenants', running, 'streams');
  atLeast('live.updates', `seconds of ${MEASURED_MS / 1000} in which new figures came`, changes, 'seconds', 0.9 * (MEASURED_MS / 1000));
  atMost('live.main', "Overview's main thread, share of a core", share('main'), '%', MOST_SHARE);
  atMost('live.renderer', "Overview's process with all its threads, share of a core", share('renderer'), '%', MOST_SHARE);
  info('live.browser', 'all processes of the browser, which paints without a GPU here, share of a core', share('all'), '%');
  equal('live.connections', 'connections for live figures', streams, 'connections', 1);
  console.log(`NOTE Overview showed ${shown.replace(/\s+/g, ' ')}`);
  if (values.shots) await page.screenshot({ path: `${values.shots}/live-1440-light.png` });
} finally {
  abort.abort();
  await browser.close();
}
process.exit(0);
