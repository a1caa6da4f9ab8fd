// Structured outputs and tools that are zod schemas, by OpenAI's own client. Usage: node openai-structured.mjs BASE_URL KEY MODEL
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat, zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Hi' }];
const done = [];

// What a random model can write in few tokens: it ends no text by itself.
const Answer = z.object({
  mood: z.enum(['good', 'bad']),
  stars: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  tags: z.array(z.enum(['a', 'b'])).max(2),
  inner: z.object({ sure: z.boolean(), why: z.enum(['x', 'y']).nullable() }),
});
const asked = { model, messages, max_tokens: 110, seed: 1 };

const parsed = await client.chat.completions.parse({
  ...asked, response_format: zodResponseFormat(Answer, 'answer'),
});
assert.equal(parsed.choices[0].finish_reason, 'stop');
Answer.parse(parsed.choices[0].message.parsed);
done.push('objects');

const streamed = client.chat.completions.stream({
  ...asked, response_format: zodResponseFormat(Answer, 'answer'),
});
let said = '';
streamed.on('content.delta', (event) => { said += event.delta; });
const whole = await streamed.finalChatCompletion();
assert.deepEqual(Answer.parse(JSON.parse(said)), whole.choices[0].message.parsed);
assert.deepEqual(whole.choices[0].message.parsed, parsed.choices[0].message.parsed, 'the same seed, the same object');
done.push('streamed objects');

const Question = z.object({ size: z.enum(['small', 'large']) });
const called = await client.chat.completions.parse({
  ...asked, tools: [zodFunction({ name: 'f', parameters: Question })], tool_choice: 'required', parallel_tool_calls: false,
});
Question.parse(called.choices[0].message.tool_calls[0].function.parsed_arguments);
const asTheyCome = client.chat.completions.stream({
  ...asked, tools: [zodFunction({ name: 'f', parameters: Question })],
  tool_choice: { type: 'function', function: { name: 'f' } },
});
const heard = [];
asTheyCome.on('tool_calls.function.arguments.done', (event) => heard.push(event.parsed_arguments));
await asTheyCome.finalChatCompletion();
heard.forEach((question) => Question.parse(question));
assert.ok(heard.length > 0);
done.push('tools');

const runner = client.chat.completions.runTools(
  {
    ...asked, parallel_tool_calls: false, tool_choice: 'required',
    tools: [zodFunction({ name: 'f', parameters: Question, function: ({ size }) => `It is ${size}.` })],
  },
  { maxChatCompletions: 1 },
);
await runner.done();
assert.match(await runner.finalFunctionToolCallResult(), /^It is (small|large)\.$/);
done.push('tools that are run');

// Responses take no seed, so a random model may now and then not come to the end of an object.
async function parsedIn(tries, ask, find) {
  const found = find(await ask());
  return found ?? (tries > 1 ? parsedIn(tries - 1, ask, find) : null);
}
const response = await parsedIn(
  8,
  () => client.responses.parse({
    model, input: 'Hi', max_output_tokens: 110, text: { format: zodTextFormat(Answer, 'answer') },
  }),
  (answer) => (answer.status === 'completed' ? answer.output_parsed : null),
);
Answer.parse(response);
const question = await parsedIn(
  8,
  () => client.responses.parse({
    model, input: 'Hi', max_output_tokens: 110, tool_choice: 'required', parallel_tool_calls: false,
    tools: [zodResponsesFunction({ name: 'f', parameters: Question })],
  }),
  (answer) => answer.output.find((item) => item.type === 'function_call' && item.status === 'completed')
    ?.parsed_arguments,
);
Question.parse(question);
done.push('responses');

// A schema that cannot be enforced is refused, and the path says where.
await assert.rejects(
  client.chat.completions.create({
    ...asked,
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'x', schema: { type: 'object', properties: { a: { not: {} } } } },
    },
  }),
  (e) => e instanceof OpenAI.BadRequestError && /response_format/.test(e.param) && /a/.test(e.message),
);
done.push('refused schemas');

console.log(JSON.stringify({ done }));
