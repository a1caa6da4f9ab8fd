// Drives the console of a fresh server in headless Chromium.
// Usage: node console.mjs --base URL --admin-key KEY --model NAME --model-path FILE --shots DIRECTORY [--quick]
// --quick: pictures wide and light, narrow and dark only; what a busy machine makes slow is told, not judged
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { launch } from './browser.mjs';
import { Company } from './company.mjs';
import { Flow } from './flow.mjs';
import { numbers } from './numbers.mjs';
import { belowPrefix } from './prefix.mjs';
import { assert, equal, felt, info, row } from './rows.mjs';
import { editKey, storePrompts } from './rules.mjs';
import { Look, survey } from './survey.mjs';
import { observe, vitalsOf } from './vitals.mjs';
import { Watcher } from './watcher.mjs';

const { values } = parseArgs({
  options: { base: { type: 'string' }, 'admin-key': { type: 'string' }, model: { type: 'string' }, 'model-path': { type: 'string' }, shots: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const { base } = values;
const MOST_INP_MS = 200;
mkdirSync(values.shots, { recursive: true });
const browser = await launch();
// Steps that all others need.
const NEEDED = ['first-owner', 'tenant', 'key', 'chat'];
let failed = false;
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await observe(context);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const watcher = new Watcher(page, base);
  const look = new Look(values.shots, values.quick);
  look.on(page);
  const flow = new Flow(page, { base, adminKey: values['admin-key'], model: values.model, modelPath: values['model-path'] });

  const step = async (name, what, act) => {
    const begun = performance.now();
    try {
      const result = await act();
      row(`flow.${name}`, what, Math.round(performance.now() - begun), 'ms', 'done by clicking', true);
      return result;
    } catch (error) {
      failed = true;
      row(`flow.${name}`, `${what}: ${String(error.message ?? error).split('\n').slice(0, 3).join(' ')}`, null, '', 'done by clicking', false);
      await page.screenshot({ path: `${values.shots}/failed-${name}.png` }).catch(() => {});
      if (NEEDED.includes(name)) throw new Error(`the rest needs ${name}`);
      return undefined;
    }
  };

  await step('first-owner', 'make the first account', () => flow.firstOwner());
  await step('price', 'set a price', () => flow.setPrice());
  await step('tenant', 'create a tenant', () => flow.createTenant());
  await step('key', 'create a key, shown once', () => flow.createKey());
  const chat = await step('chat', 'chat in the playground', () => flow.chat());
  await step('probabilities', 'token probabilities and code', () => flow.probabilities());
  const cost = await step('cost', 'what the answer cost, beside it', () => flow.cost());
  await look.everywhere('chat');
  const charged = await step('request', 'its timeline and cost in Requests', () => flow.requestAndTimeline());
  await step('overview', 'see the tenant in Overview', () => flow.overview());
  const usage = await step('usage', 'see it in Usage', () => flow.usage());
  if (chat && usage) {
    const told = chat.prompt + chat.output;
    equal('numbers.request', 'tokens of the request: its page and what the client was told', charged ?? -1, 'tokens', told);
    equal('numbers.tenant', "tokens of the tenant: Usage's line and what the client was told", usage.prompt + usage.output, 'tokens', told);
    if (cost !== undefined) equal('numbers.cost', 'cost of the answer: playground and usage row', cost, 'micro-dollars', await flow.costOfLatest());
    info('chat.speed', 'speed that the playground shows', chat.speed, 'tokens/s');
  }
  await step('alias', 'an alias: made, used, moved, removed', () => flow.alias());
  await step('limits', 'limits on a key, a project and a model', () => flow.limits());
  await step('edit-key', 'deny a key a model, allow it again', () => editKey(flow));
  await step('prompts', 'store prompts, read one, delete them by name', () => storePrompts(flow, look));
  await step('live', 'watch a request while it writes, cancel it', () => flow.watchAndCancel());
  await step('range', 'a custom range, stepped by a key', () => flow.customRange());
  await step('keyboard', 'rows, pages and help by keys', () => flow.keyboard());
  await step('columns', 'leave a column out by keys, for good', () => flow.columns());
  // What follows shares the processor with a model that answers all the time.
  felt(!values.quick, 'vitals.inp', 'interaction to next paint, the slowest of all clicks above', Math.round((await vitalsOf(page)).inp), 'ms', MOST_INP_MS);
  const company = new Company({ base, adminKey: values['admin-key'], model: values.model });
  await company.begin();
  await step('quota', 'hit a limit and see it in three places', () => flow.hitQuota());
  await step('revoke', 'revoke the key by name and get 401', () => flow.revokeKey());
  await step('models', 'load a model with its plan, unload it by name', () => flow.loadAndUnload());
  await step('alerts', 'a rule, a webhook and a signed test', () => flow.alerts());
  await step('audit', 'find these acts in Audit', () => flow.audit());
  await step('sign-in', 'sign out, a wrong password, sign in', () => flow.signOutAndIn());
  await step('member', 'a viewer by invitation sees only the tenant', () => flow.invite(browser));
  await belowPrefix({ browser, base });
  const loads = await survey({ browser, base, flow, look, judged: !values.quick, quiet: () => company.end() });
  await numbers({ page, base, api: (path, init) => flow.api(path, init) });
  const faults = [...watcher.faults, ...loads.faults];
  const foreign = [...watcher.foreign, ...loads.foreign];
  const lax = await policyOf(base);
  row('csp', `of the content security policy: directives that are not 'none' or 'self'`, lax.length, 'directives', 'none', lax.length === 0);
  row('faults', 'violations of the policy and errors in the browser, all pages', faults.length, 'messages', 'none', faults.length === 0);
  row('hosts', 'requests to other hosts, all pages', foreign.length, 'requests', 'none', foreign.length === 0);
  [...lax, ...faults, ...foreign].slice(0, 8).forEach((text) => console.log(`NOTE ${text}`));
  assert(!failed, 'a step failed');
} catch (error) {
  failed = true;
  console.log(`NOTE ${error.message}`);
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);

/** What the console's policy allows beyond its own origin. */
async function policyOf(address) {
  const response = await fetch(`${address}/console/`);
  const directives = (response.headers.get('content-security-policy') ?? 'none at all').split(';').map((d) => d.trim());
  const needed = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"];
  return [
    ...directives.filter((d) => !/^[a-z-]+ '(none|self)'$/.test(d)),
    ...needed.filter((d) => !directives.includes(d)).map((d) => `lacks ${d}`),
  ];
}
