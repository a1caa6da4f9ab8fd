// Every page in both themes and sizes: a picture, what axe finds, and how many requests it makes.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { atMost, info, row } from './rows.mjs';
import { OWNER, TENANT } from './flow.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];
const SETTLED_MS = 1800;
const MOST_REQUESTS = 6;
const MOST_JS = 350;

export async function survey({ browser, base, flow, directory }) {
  mkdirSync(directory, { recursive: true });
  const { data } = await flow.api(`/admin/requests?limit=1&tenant=${TENANT}`);
  const pages = {
    overview: '#/',
    requests: '#/requests',
    request: `#/requests/${data[0]?.id}`,
    usage: '#/usage',
    alerts: '#/alerts',
    tenants: '#/tenants',
    tenant: flow.tenantHash,
    members: `${flow.tenantHash}?tab=members`,
    plans: '#/plans',
    keys: '#/keys',
    models: '#/models',
    playground: '#/playground',
    audit: '#/audit',
    settings: '#/settings',
  };
  const violations = [];
  const most = { count: 0, page: '' };
  for (const colorScheme of ['light', 'dark']) {
    for (const viewport of SIZES) {
      // The policy is the page's own affair; axe is put in from outside it.
      const context = await browser.newContext({ viewport, colorScheme, bypassCSP: true });
      const page = await context.newPage();
      const scripts = new Map();
      page.on('response', async (response) => {
        if (response.request().resourceType() === 'script') {
          scripts.set(response.url(), gzipSync(await response.body().catch(() => Buffer.alloc(0))).length);
        }
      });
      await page.goto(`${base}/console/`);
      await page.getByLabel('Email').waitFor();
      await look(page, 'sign-in', colorScheme, viewport, directory, violations);
      await page.getByLabel('Email').fill(OWNER.email);
      await page.locator('input[autocomplete=current-password]').fill(OWNER.password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.locator('.shell').waitFor();
      await page.waitForTimeout(SETTLED_MS);
      if (colorScheme === 'light' && viewport === SIZES[0]) {
        const all = [...scripts].map(([url, bytes]) => ({ url, bytes }));
        const charts = all.filter(({ url }) => url.includes('UPlotChart'));
        const sum = (list) => list.reduce((total, { bytes }) => total + bytes, 0) / 1024;
        atMost('js.first-load', 'JavaScript of the first load, gzipped, without charts', Number((sum(all) - sum(charts)).toFixed(1)), 'KiB', MOST_JS);
        info('js.charts', 'JavaScript of charts, a chunk of its own', Number(sum(charts).toFixed(1)), 'KiB');
      }
      for (const [name, hash] of Object.entries(pages)) {
        let requests = 0;
        const counted = (request) => {
          if (['fetch', 'xhr', 'eventsource'].includes(request.resourceType())) requests++;
        };
        await page.goto('about:blank');
        await page.goto(`${base}/console/${hash}`);
        await page.locator('.shell').waitFor();
        page.on('request', counted);
        await page.reload();
        await page.locator('.shell h1').waitFor();
        await page.waitForTimeout(900);
        page.off('request', counted);
        if (requests > most.count) Object.assign(most, { count: requests, page: name });
        await page.waitForTimeout(SETTLED_MS - 900);
        await look(page, name, colorScheme, viewport, directory, violations);
      }
      await context.close();
    }
  }
  atMost('requests.page', `API requests of a page on load, the most: ${most.page}`, most.count, 'requests', MOST_REQUESTS);
  row('axe', 'violations that axe finds, all pages, themes and sizes', violations.length, 'violations', 'none', violations.length === 0);
  [...new Set(violations)].slice(0, 20).forEach((v) => console.log(`NOTE axe: ${v}`));
}

async function look(page, name, colorScheme, viewport, directory, violations) {
  await page.screenshot({ path: `${directory}/${name}-${viewport.width}-${colorScheme}.png` });
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return result.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 2).map((n) => n.target.join(' ')).join(' | ')}`);
  });
  violations.push(...found.map((v) => `${name} ${viewport.width} ${colorScheme} ${v}`));
}
