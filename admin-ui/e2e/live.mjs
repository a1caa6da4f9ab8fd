// The overview with fifty tenants and two hundred streams: what a second of it costs the browser.
// Usage: node live.mjs --base URL --admin-key KEY
import { parseArgs } from 'node:util';
import { launch } from './browser.mjs';
import { Flow } from './flow.mjs';
import { atMost, equal, info } from './rows.mjs';

const TENANTS = 50;
const STREAMS = 200;
const MEASURED_MS = 20_000;

const { values } = parseArgs({ options: { base: { type: 'string' }, 'admin-key': { type: 'string' } } });
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
  const busy = async () => (await cdp.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value;
  const before = await busy();
  await page.waitForTimeout(MEASURED_MS);
  const share = (100 * ((await busy()) - before)) / (MEASURED_MS / 1000);
  info('live.streams', 'streams that run while the overview is open', running, 'streams');
  atMost('live.browser', "the overview's main thread, share of a core", Number(share.toFixed(2)), '%', 5);
  equal('live.connections', 'connections for live figures', streams, 'connections', 1);
} finally {
  abort.abort();
  await browser.close();
}
process.exit(0);
