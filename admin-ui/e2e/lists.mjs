// Pages over a database of a million requests: how many requests each makes on load, and how long the slowest takes.
// Usage: node lists.mjs --base URL --admin-key KEY
import { parseArgs } from 'node:util';
import { launch } from './browser.mjs';
import { Flow } from './flow.mjs';
import { load, Requests, settled } from './pages.mjs';
import { atMost } from './rows.mjs';

const LOADS = 5;
const MOST_MS = 150;
const MOST_REQUESTS = 6;

const { values } = parseArgs({ options: { base: { type: 'string' }, 'admin-key': { type: 'string' } } });
const { base } = values;
const browser = await launch();
let most = { count: 0, name: '' };
try {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  page.setDefaultTimeout(30_000);
  const flow = new Flow(page, { base, adminKey: values['admin-key'] });
  await flow.firstOwner();
  const busiest = (await flow.api('/admin/console/tenants?sort=cost&limit=1')).data[0];
  const { data } = await flow.api('/admin/requests?limit=1');
  const tenant = `#/tenants/${busiest.id}`;
  const pages = {
    overview: '#/',
    requests: '#/requests',
    'requests-of-tenant': `#/requests?tenant=${busiest.name}`,
    'requests-failed': '#/requests?status=error&model=model-c',
    'requests-none': '#/requests?tier=batch',
    'requests-none-ended-so': '#/requests?status=rejected',
    request: `#/requests/${data[0].id}`,
    usage: '#/usage',
    'usage-30-days': '#/usage?range=30d&by=key',
    'usage-of-tenant': `#/usage?range=30d&by=key&tenant=${busiest.name}`,
    tenants: '#/tenants',
    'tenants-last': '#/tenants?page=20&sort=tokens',
    tenant,
    projects: `${tenant}?tab=projects`,
    members: `${tenant}?tab=members`,
    plan: `${tenant}?tab=plan`,
    plans: '#/plans',
    keys: '#/keys',
    'keys-last': '#/keys?page=59',
    alerts: `#/alerts?tenant=${busiest.name}`,
    models: '#/models',
    playground: '#/playground',
    audit: '#/audit',
    settings: '#/settings',
  };
  const requests = new Requests(page);
  for (const [name, hash] of Object.entries(pages)) {
    const slowest = [];
    for (let i = 0; i <= LOADS; i++) {
      requests.begin();
      await load(page, base, hash);
      await settled(page, 900);
      if (requests.count > most.count) most = { count: requests.count, name };
      const times = requests.times().sort((a, b) => b.millis - a.millis);
      if (i > 0 && times.length > 0) slowest.push(times[0]); // the first load warms the server up
    }
    if (slowest.length === 0) continue; // it asks for nothing that ends
    slowest.sort((a, b) => a.millis - b.millis);
    const { path, millis } = slowest[Math.floor(slowest.length / 2)];
    atMost(`lists.page.${name}`, `slowest request of the page ${name}, ${path}, median of ${slowest.length} loads`, Number(millis.toFixed(1)), 'ms', MOST_MS);
  }
  atMost('lists.load-requests', `API requests of a page on load, the most: ${most.name}`, most.count, 'requests', MOST_REQUESTS);
} finally {
  await browser.close();
}
