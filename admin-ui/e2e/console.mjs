// Drives the console of a fresh server in headless Chromium.
// Usage: node console.mjs --base URL --admin-key KEY --model NAME --model-path FILE [--full DIRECTORY]
import { parseArgs } from 'node:util';
import { launch } from './browser.mjs';
import { Flow } from './flow.mjs';
import { survey } from './survey.mjs';
import { assert, equal, info, row } from './rows.mjs';
import { Watcher } from './watcher.mjs';

const { values } = parseArgs({
  options: { base: { type: 'string' }, 'admin-key': { type: 'string' }, model: { type: 'string' }, 'model-path': { type: 'string' }, full: { type: 'string' } },
});
const base = values.base;
const browser = await launch();
// Steps that all others need.
const NEEDED = ['first-owner', 'tenant', 'key', 'chat'];
let failed = false;
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const watcher = new Watcher(page, base);
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
      if (values.full) await page.screenshot({ path: `${values.full}/failed-${name}.png` }).catch(() => {});
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
  const charged = await step('request', 'its timeline and cost in Requests', () => flow.requestAndTimeline());
  await step('overview', 'see the tenant in Overview', () => flow.overview());
  const usage = await step('usage', 'see it in Usage', () => flow.usage());
  if (chat && usage) {
    const ledger = await flow.ledger();
    equal('ledger.request-tokens', 'tokens of the request: page and what the client was told', charged ?? -1, 'tokens', chat.prompt + chat.output);
    equal('ledger.prompt-tokens', 'prompt tokens of the tenant: page and usage rows', usage.prompt, 'tokens', ledger.prompt);
    equal('ledger.output-tokens', 'output tokens of the tenant: page and usage rows', usage.output, 'tokens', ledger.output);
    if (cost !== undefined) equal('ledger.cost', 'cost of the answer: playground and usage row', cost, 'micro-dollars', await flow.costOfLatest());
    row('ledger.check', "the ledger's own check", ledger.check === 'ok' ? 0 : 1, 'differences', 'none', ledger.check === 'ok');
    info('chat.speed', 'speed that the playground shows', chat.speed, 'tokens/s');
  }
  await step('alias', 'an alias: made, used, moved, removed', () => flow.alias());
  await step('limits', 'limits on a key, a project and a model', () => flow.limits());
  await step('live', 'watch a request while it writes, cancel it', () => flow.watchAndCancel());
  await step('range', 'a custom range, stepped by a key', () => flow.customRange());
  await step('keyboard', 'rows, pages and help by keys', () => flow.keyboard());
  await step('quota', 'hit a limit and see it in three places', () => flow.hitQuota());
  await step('revoke', 'revoke the key by name and get 401', () => flow.revokeKey());
  await step('models', 'load a model with its plan, unload it by name', () => flow.loadAndUnload());
  await step('alerts', 'a rule, a webhook and a signed test', () => flow.alerts());
  await step('audit', 'find these acts in Audit', () => flow.audit());
  await step('sign-in', 'sign out, a wrong password, sign in', () => flow.signOutAndIn());
  await step('member', 'a viewer by invitation sees only the tenant', () => flow.invite(browser));
  row('csp', 'violations of the content security policy and errors in the console', watcher.faults.length, 'messages', 'none', watcher.faults.length === 0);
  watcher.faults.slice(0, 5).forEach((fault) => console.log(`NOTE ${fault}`));
  row('hosts', 'requests to other hosts', watcher.foreign.length, 'requests', 'none', watcher.foreign.length === 0);
  if (values.full) await survey({ browser, base, flow, directory: values.full });
  assert(!failed, 'a step failed');
} catch (error) {
  failed = true;
  console.log(`NOTE ${error.message}`);
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);
