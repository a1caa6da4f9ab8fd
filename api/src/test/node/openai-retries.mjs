// When OpenAI's own client tries again, and when it does not.
// Usage: node openai-retries.mjs BASE_URL KEY MODEL SLOW_MODEL ADMIN_KEY
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [baseURL, , , model, adminKey] = process.argv.slice(2);
const root = baseURL.replace(/\/v1$/, '');
const messages = [{ role: 'user', content: 'Hi' }];
const done = [];

async function administer(method, path, body) {
  const answer = await fetch(root + path, {
    method,
    headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** A tenant of its own with limits, and a client that notes each attempt. */
async function tenant(limits) {
  const { id } = await administer('POST', '/admin/tenants', { name: `retries-${Date.now()}-${Math.floor(Math.random() * 1e6)}` });
  const { key } = await administer('POST', `/admin/tenants/${id}/keys`, { name: 'retries' });
  for (const [kind, value] of Object.entries(limits)) {
    await administer('PUT', '/admin/limits', { scope: 'organization', scope_id: id, kind, value });
  }
  const attempts = [];
  const client = (maxRetries) => new OpenAI({
    baseURL, apiKey: key, maxRetries,
    fetch: async (url, init) => {
      const at = performance.now();
      const response = await fetch(url, init);
      attempts.push({ at, ended: performance.now(), status: response.status, headers: response.headers });
      return response;
    },
  });
  return { client, attempts };
}

// One at a time: whoever comes second waits as long as it is told, and is answered in the end.
const single = await tenant({ concurrent_requests: 1 });
const first = await single.client(0).chat.completions.create({
  model, messages, max_tokens: 20, ignore_eos: true, stream: true,
});
const chunks = first[Symbol.asyncIterator]();
await chunks.next();
single.attempts.length = 0;
await assert.rejects(
  single.client(0).chat.completions.create({ model, messages, max_tokens: 1 }),
  (e) => e instanceof OpenAI.RateLimitError && e.code === 'rate_limit_exceeded' && e.status === 429,
);
const second = await single.client(10).chat.completions.create({ model, messages, max_tokens: 1 });
assert.equal(second.usage.completion_tokens, 1);
const tried = single.attempts.slice(1);
assert.ok(tried.length > 1, 'it was refused at first');
assert.equal(tried.at(-1).status, 200);
for (let i = 0; i < tried.length - 1; i++) {
  assert.equal(tried[i].status, 429);
  const asked = Number(tried[i].headers.get('retry-after-ms'));
  assert.ok(asked > 0, 'it says when to come again');
  assert.ok(Number(tried[i].headers.get('retry-after')) * 1000 >= asked);
  assert.ok(tried[i + 1].at - tried[i].ended >= asked - 5, 'it waits as long as that');
}
while (!(await chunks.next()).done);
done.push('a limit that passes');

/** Refused at the first attempt, and not tried again though it may be. */
async function once(of, request, options, is) {
  of.attempts.length = 0;
  await assert.rejects(of.client(5).chat.completions.create(request, options), is);
  assert.equal(of.attempts.length, 1, 'one attempt');
  assert.equal(of.attempts[0].headers.get('x-should-retry'), 'false');
}

const poor = await tenant({ tokens_per_day: 1 });
await once(poor, { model, messages, max_tokens: 1 }, {}, (e) => e instanceof OpenAI.RateLimitError);
const broke = await tenant({ credit: 0, spend_per_day: 0 });
await administer('POST', '/admin/prices', { model, prompt: 1000000, cached: 1000000, completion: 1000000 });
await once(broke, { model, messages, max_tokens: 50 }, {}, (e) => e.status === 429 && e.type === 'insufficient_quota');
const late = await tenant({});
await once(
  late, { model, messages, max_tokens: 100, ignore_eos: true }, { headers: { 'x-request-deadline-ms': '1' } },
  (e) => e.status === 503 && e.code === 'deadline_unmeetable',
);
done.push('what is of no use is not tried again');

console.log(JSON.stringify({ done }));
