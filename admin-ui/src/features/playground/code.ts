import { bodyOf, type Message, type Settings } from './chat';

export type Language = 'curl' | 'python' | 'java';

/** The same request for an application; the key stays where it is, in the environment. */
export function codeOf(language: Language, server: string, model: string, messages: Message[], settings: Settings): string {
  const body = bodyOf(model, messages, settings);
  switch (language) {
    case 'curl':
      return curl(server, body);
    case 'python':
      return python(server, body);
    case 'java':
      return java(server, model, messages, settings);
  }
}

function curl(server: string, body: Record<string, unknown>): string {
  const json = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  return `curl -N ${server}/v1/chat/completions \\
  -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '${json}'`;
}

function python(server: string, body: Record<string, unknown>): string {
  const lines = Object.entries(body)
    .map(([name, value]) => `    ${name}=${literal(value)},`)
    .join('\n');
  return `from openai import OpenAI

client = OpenAI(base_url="${server}/v1")  # reads OPENAI_API_KEY

stream = client.chat.completions.create(
${lines}
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="")`;
}

function literal(value: unknown): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([k, v]) => `${JSON.stringify(k)}: ${literal(v)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}

function java(server: string, model: string, messages: Message[], s: Settings): string {
  const parts = messages.map((m) => {
    const add = { system: 'addSystemMessage', user: 'addUserMessage', assistant: 'addAssistantMessage' }[m.role];
    return `    .${add}(${JSON.stringify(m.content)})`;
  });
  return `OpenAIClient client = OpenAIOkHttpClient.builder()
    .fromEnv() // OPENAI_API_KEY
    .baseUrl("${server}/v1")
    .build();

var params = ChatCompletionCreateParams.builder()
    .model(${JSON.stringify(model)})
${parts.join('\n')}
    .temperature(${s.temperature})
    .topP(${s.topP})
    .maxCompletionTokens(${s.maxTokens})${s.seed === '' ? '' : `\n    .seed(${s.seed})`}
    .build();

try (var stream = client.chat().completions().createStreaming(params)) {
  stream.stream()
      .flatMap(chunk -> chunk.choices().stream())
      .flatMap(choice -> choice.delta().content().stream())
      .forEach(System.out::print);
}`;
}
