// What a person does with the console, by clicking. Each step throws when what it did cannot be seen afterwards.
import { createServer } from 'node:http';
import { assert } from './rows.mjs';

export const OWNER = { name: 'Mara Okafor', email: 'mara@example.test', password: 'a long password' };
export const TENANT = 'corvid-search';
const SLOW_MS = 30_000;

export class Flow {
  constructor(page, { base, adminKey, model, modelPath }) {
    Object.assign(this, { page, base, adminKey, model, modelPath });
  }

  async go(hash) {
    await this.page.evaluate((to) => {
      window.location.hash = to;
    }, hash);
  }

  button(name, exact = true) {
    return this.page.getByRole('button', { name, exact });
  }

  get dialog() {
    return this.page.getByRole('dialog');
  }

  /** The input with this label; selects have lists and buttons that are labelled alike. */
  field(label, within = this.page) {
    return within.getByLabel(label, { exact: true }).and(this.page.locator('input, textarea'));
  }

  async choose(label, option, within = this.page) {
    await this.field(label, within).click();
    const wanted = this.page.getByRole('option', { name: option, exact: true });
    await wanted.click();
    // On a busy machine a list may still be moving when it is clicked; people click again.
    await wanted.waitFor({ state: 'hidden', timeout: 3000 }).catch(() => wanted.click());
  }

  async api(path, init = {}) {
    const response = await fetch(`${this.base}${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${this.adminKey}`, ...init.headers },
    });
    assert(response.ok, `${path} answered ${response.status}: ${await response.clone().text()}`);
    return response.json();
  }

  async firstOwner() {
    await this.page.goto(`${this.base}/console/`);
    await this.page.getByLabel('Admin key').fill(this.adminKey);
    await this.page.getByLabel('Name', { exact: true }).fill(OWNER.name);
    await this.page.getByLabel('Email').fill(OWNER.email);
    await this.page.locator('input[autocomplete=new-password]').fill(OWNER.password);
    await this.button('Make the account').click();
    await this.page.getByText('What holds us back now').waitFor();
  }

  async setPrice() {
    await this.go('#/models');
    await this.button(`set the price of ${this.model}`, false).click();
    await this.field('Prompt', this.dialog).fill('0.15');
    await this.field('From cache', this.dialog).fill('0.05');
    await this.field('Output', this.dialog).fill('0.6');
    await this.button('Set the price').click();
    await this.page.getByText('$0.15, $0.60').waitFor();
  }

  async createTenant() {
    await this.go('#/tenants');
    await this.button('New tenant').first().click();
    await this.field('Name', this.dialog).fill(TENANT);
    await this.button('Make the tenant').click();
    await this.page.getByRole('heading', { level: 1, name: TENANT }).waitFor();
    await this.page.getByText('Nothing limits this tenant.').waitFor();
    this.tenantHash = await this.page.evaluate(() => window.location.hash);
  }

  async createKey() {
    await this.go('#/keys');
    await this.button('New key').first().click();
    await this.field('Name', this.dialog).fill('prod-eu');
    await this.choose('Tenant', TENANT, this.dialog);
    await this.button('Make the key').click();
    const secret = await this.page.getByTestId('secret').textContent();
    assert(secret.startsWith('sk-penstock-'), 'the key was not shown');
    assert(!this.page.url().includes(secret), 'the secret stands in the address');
    this.secret = secret;
    await this.page.getByRole('link', { name: 'Try it' }).click();
    await this.page.getByText('Charged to key prod-eu').waitFor();
  }

  async chat(text = 'Why is the sky blue?') {
    await this.field('Ask the model').fill(text);
    await this.button('Send').click();
    await this.page.getByText('Timeline and cost').last().waitFor({ timeout: SLOW_MS });
    await this.page.locator('.chat-head').getByText('Done').waitFor({ timeout: SLOW_MS });
    const figures = await this.page.locator('.answer-figures').last().innerText();
    const read = (pattern) => Number(pattern.exec(figures.replaceAll(',', ''))?.[1]);
    return {
      prompt: read(/Prompt\s+(\d+) tokens/),
      output: read(/Output\s+(\d+) tokens/),
      speed: read(/Speed\s+([\d.]+)/),
    };
  }

  async probabilities() {
    await this.page.locator('.token').nth(2).click();
    await this.page.locator('.inspector').waitFor();
    await this.page.locator('.inspector').getByText('%').first().waitFor();
    const code = await this.page.getByRole('region', { name: 'Code' }).innerText();
    assert(code.includes('/v1/chat/completions') && !code.includes(this.secret), 'the code is wrong or has the key');
  }

  async requestAndTimeline() {
    await this.page.getByText('Timeline and cost').last().click();
    await this.page.getByText('were work').waitFor({ timeout: SLOW_MS });
    await this.page.getByText('What it cost').waitFor();
    await this.page.getByRole('region', { name: 'Timeline' }).getByText(/^settled/).first().waitFor();
    await this.page.getByRole('table', { name: 'Events of the request' }).getByText('first token').waitFor();
    const tokens = await this.page.locator('tr', { hasText: 'Charged' }).locator('td').nth(1).innerText();
    await this.go(`#/requests?tenant=${TENANT}`);
    await this.page.getByRole('link', { name: /^Request req_/ }).first().waitFor();
    return Number(tokens.replaceAll(',', ''));
  }

  /** Tokens of the tenant as the usage page shows them. */
  async usage() {
    await this.go(`#/usage?tenant=${TENANT}`);
    // Of this table: the page before, which also has a line of the tenant, is still there for a moment.
    const line = this.page.getByRole('table', { name: 'Usage by tenant' }).locator('tr', { hasText: TENANT });
    await line.waitFor({ timeout: SLOW_MS });
    // At once: a page that is drawn anew between two cells would give two moments.
    const cells = await line.evaluate((row) => [...row.cells].map((cell) => Number(cell.innerText.replaceAll(',', ''))));
    return { requests: cells[1], prompt: cells[2], output: cells[4] };
  }

  async overview() {
    await this.go('#/');
    await this.page.getByRole('table', { name: 'Tenants by share of computing, now' }).getByText(TENANT).waitFor({ timeout: SLOW_MS });
    await this.page.getByText('Live, updated').waitFor();
  }

  /** What the page says that an answer cost is what its row in the books says. */
  async cost() {
    const shown = this.page.locator('.answer-figures').last();
    await shown.getByText('Cost', { exact: true }).waitFor({ timeout: SLOW_MS });
    return Math.round(1e6 * Number(/Cost\s+\$([\d.]+)/.exec(await shown.innerText())?.[1]));
  }

  async costOfLatest() {
    const { data } = await this.api(`/admin/requests?limit=1&tenant=${TENANT}`);
    return data[0].cost_micros;
  }

  /** Another name for the model: the key may ask for it, the playground offers it, and it is moved and removed. */
  async alias() {
    const alias = 'chat-default';
    await this.go('#/models');
    await this.button('New alias').click();
    await this.field('Alias', this.dialog).fill(alias);
    await this.field('Stands for', this.dialog).fill(this.model);
    await this.button('Make the alias').click();
    const line = this.page.getByRole('row').filter({ has: this.page.getByRole('cell', { name: alias, exact: true }) });
    await line.getByText('Answers').waitFor();
    await this.go(`#/playground?left=${alias}`);
    await this.chat('Say hello.');
    const { data } = await this.api(`/admin/requests?limit=1&tenant=${TENANT}`);
    assert(data[0].model === this.model, `booked under ${data[0].model}`);
    await this.go('#/models');
    await this.button(`Acts on alias ${alias}`).click();
    await this.page.getByRole('menuitem', { name: 'Move to another model' }).click();
    await this.field('Stands for', this.dialog).fill('not-loaded');
    await this.button('Move the alias').click();
    await line.getByText('Not loaded').waitFor();
    const answer = await fetch(`${this.base}/v1/models/${alias}`, { headers: { Authorization: `Bearer ${this.secret}` } });
    assert(answer.status === 404, `an alias of nothing got ${answer.status}`);
    await this.button(`Acts on alias ${alias}`).click();
    await this.page.getByRole('menuitem', { name: 'Remove' }).click();
    await this.page.getByLabel(/^Type chat-default/).fill(alias);
    await this.button(`Remove ${alias}`).click();
    await line.waitFor({ state: 'detached' });
  }

  /** Limits on the key, its project and the model, with what is used of them. */
  async limits() {
    await this.go(`#/keys?tenant=${TENANT}`);
    await this.button('Acts on prod-eu').click();
    await this.page.getByRole('menuitem', { name: 'Limits' }).click();
    await this.dialog.getByText('Nothing limits this key.').waitFor();
    await this.choose('Limit', 'Tokens today', this.dialog);
    await this.field('At most, in tokens', this.dialog).fill('100000');
    await this.button('Set the limit').click();
    const bars = this.dialog.getByRole('region', { name: 'Limits' });
    await bars.getByText('Tokens today').waitFor();
    const used = Number((await bars.locator('td.number').first().innerText()).replaceAll(',', ''));
    assert(used > 0, `the limit shows a use of ${used}`);
    await this.button('Close').last().click();
    await this.go(`${this.tenantHash}?tab=projects`);
    await this.button('Limits of default').click();
    await this.choose('Limit', 'Money this month', this.dialog);
    await this.field('At most, in $', this.dialog).fill('500');
    await this.button('Set the limit').click();
    await this.dialog.getByRole('region', { name: 'Limits' }).getByText('Money this month').waitFor();
    await this.button('Close').last().click();
    await this.go('#/models');
    await this.button(`limits on ${this.model}`, false).click();
    await this.field('At most, in tokens', this.dialog).fill('1000000');
    await this.button('Set the limit').click();
    await this.dialog.getByText('each tenant on plan').waitFor();
    await this.button(/^Remove Tokens per minute of/, false).click();
    await this.dialog.getByText('None is set on this model').waitFor();
    await this.button('Close').last().click();
  }

  /** A long answer, watched while it is written and cancelled. */
  async watchAndCancel() {
    const running = fetch(`${this.base}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.secret}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        model: this.model,
        stream: true,
        max_tokens: 1500,
        ignore_eos: true,
        messages: [{ role: 'user', content: 'Tell a very long story.' }],
      }),
    })
      .then((response) => response.text())
      .catch(() => '');
    await this.go('#/requests?tab=live');
    await this.page.getByRole('link', { name: /req_/ }).first().click({ timeout: SLOW_MS });
    const events = this.page.getByRole('table', { name: 'Events of the request' });
    await events.getByText(/^reads the prompt/).waitFor({ timeout: SLOW_MS });
    await events.getByText('first token').waitFor({ timeout: SLOW_MS });
    await this.page.getByText(/^holds about \d+ KV blocks/).waitFor();
    await this.button('Cancel it').click();
    const name = this.page.url().slice(-6);
    await this.page.getByLabel(new RegExp(`^Type ${name}`)).fill(name);
    await this.button(`Cancel ${name}`).click();
    await events.getByText(/^settled/).waitFor({ timeout: SLOW_MS });
    await running;
  }

  /** A range of one's own, and the one before it by a key. */
  async customRange() {
    await this.go(`#/usage?tenant=${TENANT}`);
    await this.choose('Time range', 'Custom');
    const today = new Date().toISOString().slice(0, 10);
    await this.page.getByLabel('First day, UTC').fill(today);
    await this.page.locator('tr', { hasText: TENANT }).waitFor({ timeout: SLOW_MS });
    assert(this.page.url().includes(`from=${today}`), 'the range is not in the address');
    await this.page.locator('main').focus();
    await this.page.keyboard.press('[');
    await this.page.getByText(/^Nothing was charged/).first().waitFor({ timeout: SLOW_MS });
    await this.go('#/?range=24h');
    await this.page.getByRole('table', { name: /^Tenants by computing/ }).getByText(TENANT).waitFor({ timeout: SLOW_MS });
  }

  /** Rows by j and k, a page by g and its letter, the list of keys by ?. */
  async keyboard() {
    await this.go('#/keys');
    await this.page.getByRole('button', { name: 'prod-eu', exact: true }).waitFor();
    await this.page.locator('main').focus();
    await this.page.keyboard.press('j');
    await this.page.keyboard.press('Enter');
    await this.dialog.getByText('Last used').waitFor();
    await this.page.keyboard.press('Escape');
    await this.dialog.waitFor({ state: 'detached' });
    await this.page.keyboard.press('?');
    await this.dialog.getByText('Opens the row').waitFor();
    await this.page.keyboard.press('Escape');
    await this.dialog.waitFor({ state: 'detached' });
    await this.page.keyboard.press('g');
    await this.page.keyboard.press('u');
    await this.page.getByRole('heading', { level: 1, name: 'Usage and cost' }).waitFor();
  }

  /** A column of the requests left out by keys, still so when one comes back, and shown again. */
  async columns() {
    const head = this.page.getByRole('columnheader', { name: 'Waited', exact: true });
    const toggle = async () => {
      await this.button('Columns').focus();
      await this.page.keyboard.press('Enter');
      const waited = this.page.getByRole('menuitemcheckbox', { name: 'Waited' });
      await waited.waitFor();
      while (!(await waited.evaluate((item) => item === document.activeElement))) await this.page.keyboard.press('ArrowDown');
      await this.page.keyboard.press('Enter');
      await this.page.keyboard.press('Escape');
    };
    await this.go('#/requests');
    await head.waitFor();
    await toggle();
    await head.waitFor({ state: 'detached' });
    const last = this.page.getByRole('columnheader', { name: 'Tokens in, out', exact: true });
    await this.go('#/keys');
    await last.waitFor({ state: 'detached' });
    await this.go('#/requests');
    await last.waitFor();
    assert((await head.count()) === 0, 'the column is back when the page is opened again');
    await toggle();
    await head.waitFor();
  }

  async hitQuota() {
    await this.go(this.tenantHash);
    await this.button('Edit limits').click();
    await this.choose('Limit', 'Requests per minute', this.dialog);
    await this.field('At most, in requests', this.dialog).fill('1');
    await this.button('Set the limit').click();
    await this.page.getByRole('dialog').getByText('Requests per minute').last().waitFor();
    await this.button('Close').last().click();
    await this.go('#/playground');
    await this.chatRefused(2);
    await this.go('#/requests?tab=refused');
    await this.page.getByText('rate_limit_exceeded').first().waitFor({ timeout: SLOW_MS });
    await this.go(this.tenantHash);
    await this.page.getByText('Requests per minute binds now.').waitFor({ timeout: SLOW_MS });
  }

  /** Asks until a limit says no. */
  async chatRefused(most) {
    for (let i = 0; i < most; i++) {
      await this.field('Ask the model').fill('Again?');
      await this.button('Send').click();
      await this.page.locator('.chat-head').getByText(/Done|Failed/).waitFor({ timeout: SLOW_MS });
      if (await this.page.locator('.answer .fault').last().isVisible()) return;
    }
    throw new Error('no request was refused');
  }

  async revokeKey() {
    await this.go(`#/keys?tenant=${TENANT}`);
    await this.button('Acts on prod-eu').click();
    await this.page.getByRole('menuitem', { name: 'Revoke' }).click();
    const revoke = this.button('Revoke prod-eu');
    assert(await revoke.isDisabled(), 'it can be revoked without its name');
    await this.page.getByLabel(/^Type prod-eu/).fill('prod-eu');
    await revoke.click();
    await this.page.getByText('No key matches.').waitFor();
    const answer = await fetch(`${this.base}/v1/models`, { headers: { Authorization: `Bearer ${this.secret}` } });
    assert(answer.status === 401, `a revoked key got ${answer.status}`);
    await this.go('#/playground');
    await this.page.locator('.fault').first().waitFor({ timeout: SLOW_MS });
  }

  async loadAndUnload() {
    await this.go('#/models');
    await this.button('Load a model').first().click();
    const { dialog } = this;
    await this.field('Model', dialog).fill(this.modelPath);
    await this.field('Name in the API', dialog).fill('second');
    await this.button('Plan the memory').click();
    await dialog.getByText('Fits', { exact: true }).waitFor();
    await this.button('Load').click();
    const line = this.page
      .getByRole('table', { name: 'Models', exact: true })
      .getByRole('row')
      .filter({ has: this.page.getByText('second', { exact: true }) });
    await line.getByText('Healthy').waitFor({ timeout: SLOW_MS });
    await this.button('Acts on second').click();
    await this.page.getByRole('menuitem', { name: 'Unload' }).click();
    await this.page.getByLabel(/^Type second/).fill('second');
    await this.button('Unload second').click();
    await line.waitFor({ state: 'detached', timeout: SLOW_MS });
  }

  async alerts() {
    const heard = [];
    const receiver = createServer((request, response) => {
      heard.push(request.headers);
      response.end();
    }).listen(0, '127.0.0.1');
    try {
      await this.go('#/alerts');
      await this.choose('Tenant', TENANT);
      await this.button('New alert').click();
      await this.button('Make the alert').click();
      await this.page.getByText('1 rule watches').waitFor();
      await this.button('New webhook').click();
      await this.field('Address', this.dialog).fill(`http://127.0.0.1:${receiver.address().port}/hook`);
      await this.button('Make the webhook').click();
      await this.button('I have stored it').click();
      await this.button('Test').click();
      await this.page.getByText('Delivered', { exact: true }).first().waitFor({ timeout: SLOW_MS });
      assert(heard.some((headers) => headers['webhook-signature']?.startsWith('v1,')), 'the test was not signed');
    } finally {
      receiver.close();
    }
  }

  async audit() {
    await this.go('#/audit');
    await this.page.getByText('model.unloaded').first().waitFor();
    await this.page.getByText('api_key.deleted').first().waitFor();
  }

  async signOutAndIn() {
    await this.go('#/settings');
    await this.button('Sign out').click();
    await this.page.getByLabel('Email').fill(OWNER.email);
    await this.page.locator('input[autocomplete=current-password]').fill('not the password');
    await this.button('Sign in').click();
    await this.page.getByText('Email or password is wrong.').waitFor();
    await this.signIn();
  }

  async signIn() {
    await this.page.getByLabel('Email').fill(OWNER.email);
    await this.page.locator('input[autocomplete=current-password]').fill(OWNER.password);
    await this.button('Sign in').click();
    await this.page.locator('.shell').waitFor();
  }

  /** A viewer comes by invitation and sees one organization, and of it what viewers may. */
  async invite(browser) {
    await this.go(`${this.tenantHash}?tab=members`);
    await this.button('Invite').click();
    await this.field('Email', this.dialog).fill('guest@example.test');
    await this.choose('Role', 'Viewer: reads', this.dialog);
    await this.button('Make the invitation').click();
    const link = await this.page.getByTestId('secret').textContent();
    await this.button('I have stored it').click();
    const context = await browser.newContext();
    const guest = await context.newPage();
    try {
      await guest.goto(link);
      await guest.getByLabel('Name').fill('Guest');
      await guest.locator('input[autocomplete=new-password]').fill('another long password');
      await guest.getByRole('button', { name: 'Join' }).click();
      await guest.getByText('Your role: viewer').first().waitFor({ timeout: SLOW_MS });
      assert(!guest.url().includes('invite'), 'the token stays in the address');
      const links = await guest.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link').allInnerTexts();
      assert(!links.some((text) => /Models|Audit|Tenants/.test(text)), `a viewer sees ${links.join(', ')}`);
      await guest.goto(`${this.base}/console/#/keys`);
      await guest.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
      assert((await guest.getByRole('button', { name: 'New key' }).count()) === 0, 'a viewer may make keys');
    } finally {
      await context.close();
    }
  }
}
