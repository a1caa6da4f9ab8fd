import { expect, test } from 'vitest';
import { codeOf } from './code';
import type { Settings } from './chat';

const settings: Settings = { temperature: 0.7, topP: 0.9, maxTokens: 100, seed: '42', stop: '', tier: 'auto', logprobs: true };
const messages = [{ role: 'user' as const, content: "It's \"quoted\"" }];

test('curl survives quotes and has no key', () => {
  const code = codeOf('curl', 'http://host', 'm', messages, settings);
  expect(code).toContain("It'\\''s");
  expect(code).toContain('$OPENAI_API_KEY');
  expect(code).toContain('"seed": 42');
});

test('Python has Python literals', () => {
  const code = codeOf('python', 'http://host', 'm', messages, settings);
  expect(code).toContain('logprobs=True');
  expect(code).toContain('messages=[{"role": "user", "content": "It\'s \\"quoted\\""}]');
});

test('Java names the message by its role', () => {
  expect(codeOf('java', 'http://host', 'm', messages, settings)).toContain('.addUserMessage("It\'s \\"quoted\\"")');
});
