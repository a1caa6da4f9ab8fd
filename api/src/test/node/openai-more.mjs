// The rest of OpenAI's API by its own client: tools, responses, files and batches, retries.
// Usage: node openai-more.mjs BASE_URL KEY MODEL
import assert from 'node:assert/strict';
import OpenAI, { toFile } from 'openai';

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 2 });
const messages = [{ role: 'user', content: 'Hi' }];
const parameters = {
  type: 'object', properties: { n: { type: 'integer', minimum: 0, maximum: 9 } }, required: ['n'],
  additionalProperties: false,
};
const tools = [{ type: 'function', function: { name: 'f', parameters, strict: true } }];
const done = [];

const called = await client.chat.completions.create({
  model, messages, tools, tool_choice: 'required', parallel_tool_calls: false, max_tokens: 80, seed: 1,
});
const call = called.choices[0].message.tool_calls[0];
assert.equal(called.choices[0].finish_reason, 'tool_calls');
assert.equal(call.function.name, 'f');
assert.equal(typeof JSON.parse(call.function.arguments).n, 'number');
done.push('tools');

const runner = client.chat.completions.stream({
  model, messages, tools, tool_choice: { type: 'function', function: { name: 'f' } }, max_tokens: 80, seed: 2,
});
const final = await runner.finalChatCompletion();
assert.equal(typeof JSON.parse(final.choices[0].message.tool_calls[0].function.arguments).n, 'number');
done.push('streamed tools');

const answered = await client.chat.completions.create({
  model, max_tokens: 4, ignore_eos: true,
  messages: [...messages, called.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '7' }],
});
assert.equal(answered.usage.completion_tokens, 4);

const structured = await client.chat.completions.create({
  model, messages, max_tokens: 80, seed: 3,
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: parameters, strict: true } },
});
assert.equal(typeof JSON.parse(structured.choices[0].message.content).n, 'number');
done.push('structured output');

const first = await client.responses.create({ model, input: 'Hi', max_output_tokens: 6 });
assert.equal(first.object, 'response');
assert.ok(['completed', 'incomplete'].includes(first.status));
assert.equal(typeof first.output_text, 'string');
const second = await client.responses.create({
  model, input: 'And?', previous_response_id: first.id, max_output_tokens: 6,
});
assert.ok(second.usage.input_tokens > first.usage.input_tokens);
assert.deepEqual((await client.responses.retrieve(first.id)).output, first.output);
assert.equal((await client.responses.inputItems.list(first.id)).data.length, 1);
const stream = client.responses.stream({ model, input: 'Hi', max_output_tokens: 6 });
let deltas = '';
stream.on('response.output_text.delta', (event) => { deltas += event.delta; });
assert.equal((await stream.finalResponse()).output_text, deltas);
await client.responses.delete(second.id);
await assert.rejects(client.responses.retrieve(second.id), (e) => e instanceof OpenAI.NotFoundError);
done.push('responses');

const lines = ['a', 'b'].map((id) => JSON.stringify({
  custom_id: id, method: 'POST', url: '/v1/chat/completions', body: { model, messages, max_tokens: 3 },
})).join('\n');
const file = await client.files.create({ file: await toFile(Buffer.from(lines), 'in.jsonl'), purpose: 'batch' });
let batch = await client.batches.create({
  input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h',
});
for (let i = 0; i < 200 && batch.status === 'in_progress'; i++) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  batch = await client.batches.retrieve(batch.id);
}
assert.equal(batch.status, 'completed');
const output = await (await client.files.content(batch.output_file_id)).text();
assert.deepEqual(output.trim().split('\n').map((line) => JSON.parse(line).custom_id), ['a', 'b']);
assert.equal((await client.files.delete(file.id)).deleted, true);

async function ran(endpoint, body) {
  const line = JSON.stringify({ custom_id: 'x', method: 'POST', url: endpoint, body: { model, ...body } });
  const input = await client.files.create({ file: await toFile(Buffer.from(line), 'in.jsonl'), purpose: 'batch' });
  let begun = await client.batches.create({ input_file_id: input.id, endpoint, completion_window: '24h' });
  for (let i = 0; i < 200 && begun.status === 'in_progress'; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    begun = await client.batches.retrieve(begun.id);
  }
  assert.equal(begun.request_counts.completed, 1, endpoint);
  return JSON.parse(await (await client.files.content(begun.output_file_id)).text()).response.body;
}
assert.ok((await ran('/v1/embeddings', { input: 'Hi' })).data[0].embedding.length > 0);
const kept = await ran('/v1/responses', { input: 'Hi', max_output_tokens: 4 });
assert.equal((await client.responses.retrieve(kept.id)).id, kept.id);
assert.equal((await ran('/v1/completions', { prompt: 'Hi', max_tokens: 3 })).object, 'text_completion');
const pages = [];
for await (const one of client.batches.list({ limit: 2 })) { pages.push(one.id); }
assert.ok(pages.includes(batch.id), 'lists go on from page to page');
done.push('files and batches');

console.log(JSON.stringify({ done }));
