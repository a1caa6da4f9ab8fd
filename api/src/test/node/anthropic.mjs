// Anthropic's own client. Usage: node anthropic.mjs BASE_URL KEY MODEL
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { z } from 'zod';

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new Anthropic({ baseURL: baseURL.replace(/\/v1$/, ''), apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Hi' }];
const done = [];

const message = await client.messages.create({ model, max_tokens: 6, temperature: 0, system: 'Be brief.', messages });
assert.equal(message.type, 'message');
assert.ok(['max_tokens', 'end_turn'].includes(message.stop_reason));
assert.ok(message.usage.output_tokens <= 6);
const whole = message.content.map((block) => block.text).join('');

const stream = client.messages.stream({ model, max_tokens: 6, temperature: 0, system: 'Be brief.', messages });
let text = '';
stream.on('text', (delta) => { text += delta; });
const final = await stream.finalMessage();
assert.equal(text, whole);
assert.equal(final.stop_reason, message.stop_reason);
done.push('messages, streamed or not');

const tools = [{
  name: 'f',
  input_schema: { type: 'object', properties: { n: { type: 'integer', minimum: 0, maximum: 9 } }, required: ['n'] },
}];
const use = await client.messages.create({
  model, max_tokens: 80, messages, tools, tool_choice: { type: 'any', disable_parallel_tool_use: true },
});
assert.equal(use.stop_reason, 'tool_use');
const block = use.content.find((b) => b.type === 'tool_use');
assert.equal(typeof block.input.n, 'number');
const back = await client.messages.create({
  model, max_tokens: 4,
  messages: [
    ...messages,
    { role: 'assistant', content: use.content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: block.id, content: '7' }] },
  ],
});
assert.equal(back.role, 'assistant');
const streamed = await client.messages.stream({
  model, max_tokens: 80, messages, tools, tool_choice: { type: 'tool', name: 'f' },
}).finalMessage();
assert.equal(typeof streamed.content.find((b) => b.type === 'tool_use').input.n, 'number');
done.push('tools');

const Answer = z.object({ mood: z.enum(['good', 'bad']), sure: z.boolean() });
const parsed = await client.messages.parse({
  model, max_tokens: 80, messages, output_config: { format: zodOutputFormat(Answer) },
});
assert.equal(parsed.stop_reason, 'end_turn');
Answer.parse(parsed.parsed_output);
done.push('structured output');

const events = [];
for await (const event of await client.messages.create({ model, max_tokens: 6, messages, stream: true })) {
  events.push(event.type);
}
assert.equal(events[0], 'message_start');
assert.equal(events.at(-1), 'message_stop');
assert.ok(events.includes('content_block_delta') && events.includes('message_delta'));
done.push('events');

const counted = await client.messages.countTokens({ model, messages });
assert.ok(counted.input_tokens > 0);
done.push('token counts');

await assert.rejects(
  client.messages.create({ model: 'none', max_tokens: 1, messages }),
  (e) => e instanceof Anthropic.NotFoundError && e.error.error.type === 'not_found_error',
);
await assert.rejects(
  client.messages.create({ model, max_tokens: 1, temperature: 9, messages }),
  (e) => e instanceof Anthropic.BadRequestError && /temperature/.test(e.message),
);
await assert.rejects(
  new Anthropic({ baseURL: baseURL.replace(/\/v1$/, ''), apiKey: 'sk-wrong', maxRetries: 0 })
    .messages.create({ model, max_tokens: 1, messages }),
  (e) => e instanceof Anthropic.AuthenticationError,
);
done.push('errors');

console.log(JSON.stringify({ done }));
