// Talks to a running Penstock with OpenAI's own client. Usage: node client-test.mjs BASE_URL KEY MODEL
// Prints one line of JSON for each step; exits with 1 at the first thing that is wrong.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Hi' }];

const models = await client.models.list();
assert.ok(models.data.some((m) => m.id === model), 'the model is listed');

const chat = await client.chat.completions.create({
  model, messages, max_tokens: 6, temperature: 0, ignore_eos: true, logprobs: true, top_logprobs: 2,
});
assert.equal(chat.object, 'chat.completion');
assert.equal(chat.choices[0].finish_reason, 'length');
assert.equal(chat.usage.completion_tokens, 6);
assert.equal(chat.choices[0].logprobs.content.length, 6);
assert.equal(chat.choices[0].logprobs.content[0].top_logprobs.length, 2);
assert.match(chat._request_id, /^req_/);

const stream = await client.chat.completions.create({
  model, messages, max_tokens: 6, temperature: 0, ignore_eos: true, stream: true,
  stream_options: { include_usage: true },
});
let text = '';
let usage;
let role;
let finish;
for await (const chunk of stream) {
  const choice = chunk.choices[0];
  role ??= choice?.delta?.role;
  text += choice?.delta?.content ?? '';
  finish = choice?.finish_reason ?? finish;
  usage = chunk.usage ?? usage;
}
assert.equal(role, 'assistant');
assert.equal(text, chat.choices[0].message.content, 'streamed text equals the whole answer');
assert.equal(finish, 'length');
assert.equal(usage.completion_tokens, 6);

const completion = await client.completions.create({
  model, prompt: ['a', 'b'], max_tokens: 4, temperature: 0, ignore_eos: true, logprobs: 1,
});
assert.equal(completion.choices.length, 2);
assert.equal(completion.choices[1].logprobs.tokens.length, 4);

// As those who score texts ask: the prompt's own log-probabilities.
const scored = await client.completions.create({ model, prompt: 'a b c', max_tokens: 0, echo: true, logprobs: 1 });
assert.equal(scored.choices[0].text, 'a b c');
assert.equal(scored.choices[0].logprobs.token_logprobs[0], null);
assert.ok(scored.choices[0].logprobs.token_logprobs.slice(1).every((logprob) => logprob < 0));

// The client asks for base64 by itself, and gives numbers.
const inputs = ['one', 'two', 'one'];
const embeddings = await client.embeddings.create({ model, input: inputs });
const plain = await client.embeddings.create({ model, input: inputs, encoding_format: 'float' });
assert.equal(embeddings.data.length, 3);
assert.ok(embeddings.usage.prompt_tokens > 0);
for (let i = 0; i < inputs.length; i++) {
  assert.equal(embeddings.data[i].index, i);
  assert.deepEqual(
    new Float32Array(embeddings.data[i].embedding),
    new Float32Array(plain.data[i].embedding),
    'base64 and float are the same numbers',
  );
}
assert.deepEqual(embeddings.data[0].embedding, embeddings.data[2].embedding);
assert.notDeepEqual(embeddings.data[0].embedding, embeddings.data[1].embedding);
const short = await client.embeddings.create({ model, input: 'one', dimensions: 5 });
assert.equal(short.data[0].embedding.length, 5);
await assert.rejects(
  client.embeddings.create({ model, input: 'one', dimensions: 100000 }),
  (e) => e instanceof OpenAI.BadRequestError && e.param === 'dimensions',
);

// Aborting a stream is an ordinary thing to do.
const aborted = await client.chat.completions.create({
  model, messages, stream: true, max_tokens: 100, ignore_eos: true,
});
for await (const chunk of aborted) {
  if (chunk.choices[0]?.delta?.content) {
    aborted.controller.abort();
    break;
  }
}

await assert.rejects(
  client.chat.completions.create({ model: 'none', messages }),
  (e) => e instanceof OpenAI.NotFoundError && e.code === 'model_not_found' && e.param === 'model',
);
await assert.rejects(
  client.chat.completions.create({ model, messages, temperature: 9 }),
  (e) => e instanceof OpenAI.BadRequestError && e.param === 'temperature',
);
await assert.rejects(
  new OpenAI({ baseURL, apiKey: 'sk-wrong', maxRetries: 0 }).models.list(),
  (e) => e instanceof OpenAI.AuthenticationError && e.code === 'invalid_api_key',
);

console.log(JSON.stringify({ text, prompt_tokens: chat.usage.prompt_tokens }));
