// Whether what Usage shows is what was booked: each tenant's line, the sum above, and the invoice of the month, to the
// token and to the micro-dollar.
import { equal, row } from './rows.mjs';

const FIELDS = ['prompt_tokens', 'cached_tokens', 'completion_tokens', 'cost_micros'];
const number = (text) => Number(text.replace(/[^\d.-]/g, ''));

/** Sums of every booked request, by tenant. */
async function booked(api) {
  const sums = new Map();
  let before = '';
  for (;;) {
    const page = await api(`/admin/requests?limit=200${before}`);
    for (const request of page.data) {
      const sum = sums.get(request.tenant) ?? { id: request.tenant_id, requests: 0, prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, cost_micros: 0 };
      sum.requests++;
      FIELDS.forEach((field) => (sum[field] += request[field]));
      sums.set(request.tenant, sum);
    }
    if (!page.has_more) return sums;
    before = `&before=${page.next_before}`;
  }
}

/** Lines of the table by tenant: requests, prompt, cached and output tokens. */
async function shown(page, base) {
  await page.goto('about:blank');
  await page.goto(`${base}/console/#/usage?by=tenant&range=30d`);
  const lines = page.getByRole('table', { name: 'Usage by tenant' }).locator('tbody tr');
  await lines.first().waitFor();
  await page.waitForFunction(() => document.querySelector('.bone') === null);
  const cells = await lines.evaluateAll((rows) => rows.map((r) => [...r.cells].map((c) => c.innerText)));
  const sentence = await page.locator('.sentence').innerText();
  return {
    lines: new Map(
      cells.map(([name, requests, prompt, cached, output]) => [
        name.trim(),
        { requests: number(requests), prompt_tokens: number(prompt), cached_tokens: number(cached), completion_tokens: number(output) },
      ]),
    ),
    tokens: number(/([\d,]+) tokens/.exec(sentence)?.[1] ?? 'none'),
  };
}

/** What the ledger's invoice of the running month says of a tenant. */
async function invoiced(api, id) {
  const draft = await api('/v1/organization/invoices/draft', { headers: { 'OpenAI-Organization': id } });
  const sum = (field) => draft.lines.reduce((total, line) => total + line[field], 0);
  return {
    prompt_tokens: sum('input_tokens'),
    cached_tokens: sum('input_cached_tokens'),
    completion_tokens: sum('output_tokens'),
    cost_micros: Math.round(Number(draft.usage) * 1e6),
  };
}

/** @param api asks the server with the admin key; nothing may be running any more */
export async function numbers({ page, base, api }) {
  const ledger = await booked(api);
  const usage = await shown(page, base);
  const wrong = [];
  for (const [tenant, sum] of ledger) {
    const line = usage.lines.get(tenant) ?? {};
    for (const field of ['requests', 'prompt_tokens', 'cached_tokens', 'completion_tokens']) {
      if (line[field] !== sum[field]) wrong.push(`${tenant} ${field}: page ${line[field]}, booked ${sum[field]}`);
    }
    const invoice = await invoiced(api, sum.id);
    for (const field of FIELDS) {
      if (invoice[field] !== sum[field]) wrong.push(`${tenant} ${field}: invoice ${invoice[field]}, booked ${sum[field]}`);
    }
  }
  const tokens = [...ledger.values()].reduce((total, sum) => total + sum.prompt_tokens + sum.completion_tokens, 0);
  equal('numbers.tokens', `tokens in Usage's sentence, and booked for ${ledger.size} tenants`, usage.tokens, 'tokens', tokens);
  row('numbers.tenants', "figures of a tenant that differ between page, requests and the ledger's invoice", wrong.length, 'figures', 'none', wrong.length === 0);
  const check = await api('/admin/ledger/check');
  row('numbers.check', "accounts whose balance is not the ledger's sum", check.status === 'ok' ? 0 : 1, 'accounts', 'none', check.status === 'ok');
  wrong.slice(0, 5).forEach((text) => console.log(`NOTE ${text}`));
}
