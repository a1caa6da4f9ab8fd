// Every page in both themes and sizes: a picture, what axe finds, what is wider than the screen; and of each load, its
// requests, JavaScript and web vitals.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { dialogs } from './dialogs.mjs';
import { OWNER, TENANT } from './flow.mjs';
import { load, pagesOf, Requests, settled } from './pages.mjs';
import { atMost, felt, info, row } from './rows.mjs';
import { observe, vitalsOf } from './vitals.mjs';
import { Watcher } from './watcher.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
const LOADED_MS = 900;
const FIGURES_MS = 1500; // the live figures of the first second or two
const REDRAWN_MS = 200;
const MOST = { requests: 6, javaScript: 350, lcp: 2500, cls: 0.1, tbt: 200 };

/**
 * @param look takes the pictures
 * @param judged whether the machine is idle, so that times mean something
 * @param quiet ends the load on the machine
 * @returns what went wrong while pages were loaded
 */
export async function survey({ browser, base, flow, look, judged, quiet }) {
  const { data } = await flow.api(`/admin/requests?limit=1&tenant=${TENANT}`);
  const pages = pagesOf({ tenant: TENANT, tenantId: data[0].tenant_id, tenantHash: flow.tenantHash, requestId: data[0].id });
  const context = await browser.newContext({ viewport: WIDE, colorScheme: 'light' });
  await observe(context);
  const page = await context.newPage();
  look.on(page);
  const watcher = new Watcher(page, base);
  const worst = new Worst();
  await signIn(page, base, look);
  const requests = new Requests(page);
  for (const [name, hash] of Object.entries(pages)) {
    requests.begin();
    await load(page, base, hash);
    await page.waitForTimeout(LOADED_MS);
    worst.see(name, { requests: requests.count, ...(await vitalsOf(page)) });
    await settled(page, name === 'overview' ? FIGURES_MS : REDRAWN_MS);
    await look.everywhere(name);
    if (name === 'overview') await quiet(); // the machine is the browser's now
  }
  await dialogs({ flow, look, page });
  await context.close();
  atMost('load.requests', `API requests of a page on load, the most: ${worst.of('requests')}`, worst.most('requests'), 'requests', MOST.requests);
  felt(judged, 'vitals.lcp', `largest contentful paint, the latest: ${worst.of('lcp')}`, Math.round(worst.most('lcp')), 'ms', MOST.lcp);
  felt(judged, 'vitals.cls', `cumulative layout shift, the most: ${worst.of('cls')}`, Number(worst.most('cls').toFixed(3)), '', MOST.cls);
  felt(judged, 'vitals.tbt', `total blocking time of a load, the most: ${worst.of('tbt')}`, Math.round(worst.most('tbt')), 'ms', MOST.tbt);
  look.report();
  return watcher;
}

async function signIn(page, base, look) {
  const scripts = new Map();
  page.on('response', async (response) => {
    if (response.request().resourceType() !== 'script' || scripts.has(response.url())) return;
    scripts.set(response.url(), gzipSync(await response.body().catch(() => Buffer.alloc(0))).length / 1024);
  });
  await page.goto(`${base}/console/`);
  await page.getByLabel('Email').waitFor();
  await look.everywhere('sign-in');
  await page.getByLabel('Email').fill(OWNER.email);
  await page.locator('input[autocomplete=current-password]').fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('.shell h1').waitFor();
  await page.locator('.chart canvas').first().waitFor();
  await settled(page, REDRAWN_MS);
  const sum = (charts) => [...scripts].filter(([url]) => url.includes('UPlotChart') === charts).reduce((total, [, size]) => total + size, 0);
  atMost('js.first-load', 'JavaScript of sign-in and Overview, gzipped, without the chunk of charts', Number(sum(false).toFixed(1)), 'KiB', MOST.javaScript);
  row('js.charts', 'JavaScript of charts, a chunk that comes later', Number(sum(true).toFixed(1)), 'KiB', 'a chunk of its own', sum(true) > 0);
}

/** The greatest of each figure, and where. */
class Worst {
  constructor() {
    this.seen = {};
  }

  see(page, figures) {
    for (const [name, value] of Object.entries(figures)) {
      if (value > (this.seen[name]?.value ?? -1)) this.seen[name] = { value, page };
    }
  }

  most(name) {
    return this.seen[name].value;
  }

  of(name) {
    return this.seen[name].page;
  }
}

/** Pictures, and what a machine can judge of them. */
export class Look {
  constructor(directory, quick) {
    Object.assign(this, { directory, quick, pictures: 0, serious: [], lesser: [], wide: [] });
  }

  on(page) {
    this.page = page;
  }

  async everywhere(name) {
    for (const viewport of [WIDE, NARROW]) {
      await this.page.setViewportSize(viewport);
      const schemes = this.quick ? [viewport === WIDE ? 'light' : 'dark'] : ['light', 'dark'];
      for (const colorScheme of schemes) {
        await this.page.emulateMedia({ colorScheme });
        await this.page.waitForTimeout(REDRAWN_MS);
        await this.at(name, viewport.width, colorScheme);
      }
    }
    await this.page.setViewportSize(WIDE);
    await this.page.emulateMedia({ colorScheme: 'light' });
  }

  async at(name, width, colorScheme) {
    await this.page.screenshot({ path: `${this.directory}/${name}-${width}-${colorScheme}.png` });
    this.pictures++;
    const where = `${name} ${width} ${colorScheme}`;
    const beyond = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (beyond > 0) this.wide.push({ where, text: `${beyond} px wider than the screen` });
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(async (values) => {
      const result = await globalThis.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
      return result.violations.map(({ id, impact, nodes }) => ({
        impact,
        text: `${id} (${impact}): ${nodes.slice(0, 2).map((n) => n.target.join(' ')).join(' | ')}`,
      }));
    }, RULES);
    for (const { impact, text } of found) {
      (['serious', 'critical'].includes(impact) ? this.serious : this.lesser).push({ where, text });
    }
  }

  report() {
    info('shots', `pictures: all pages, 1440x900 and 390x844, ${this.quick ? 'light and dark' : 'both light and dark'}`, this.pictures, 'pictures');
    row('axe.serious', 'serious and critical violations that axe finds in them', this.serious.length, 'violations', 'none', this.serious.length === 0);
    row('axe.lesser', 'moderate and minor ones', this.lesser.length, 'violations', 'none', this.lesser.length === 0);
    row('shots.wide', 'of them wider than the screen', this.wide.length, 'pictures', 'none', this.wide.length === 0);
    const notes = new Map();
    for (const { where, text } of [...this.serious, ...this.lesser, ...this.wide]) notes.set(text, [...(notes.get(text) ?? []), where]);
    [...notes].slice(0, 30).forEach(([text, places]) => console.log(`NOTE ${text}: ${places.length} pictures, such as ${places[0]}`));
  }
}
