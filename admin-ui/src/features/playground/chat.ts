import { addressOf } from '../../lib/api/client';
import { ApiError, errorOf } from '../../lib/api/error';
import { readEvents } from '../../lib/sse';

export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface Settings {
  temperature: number;
  topP: number;
  maxTokens: number;
  seed: string;
  stop: string;
  tier: string;
  logprobs: boolean;
}

export interface TokenChoice {
  token: string;
  /** 0 to 1. */
  probability: number;
}

export interface Token extends TokenChoice {
  others: TokenChoice[];
}

export interface Answer {
  state: 'waiting' | 'writing' | 'done' | 'stopped' | 'failed';
  text: string;
  tokens: Token[];
  error: string | null;
  requestId: string | null;
  /** Milliseconds from sending, by this browser's clock. */
  firstTokenMs: number | null;
  /** Between the first and the last token. */
  tokensPerSecond: number | null;
  outputTokens: number | null;
  promptTokens: number | null;
  cachedTokens: number | null;
  finish: string | null;
  tier: string | null;
}

export const NO_ANSWER: Answer = {
  state: 'waiting',
  text: '',
  tokens: [],
  error: null,
  requestId: null,
  firstTokenMs: null,
  tokensPerSecond: null,
  outputTokens: null,
  promptTokens: null,
  cachedTokens: null,
  finish: null,
  tier: null,
};

/** The request's body, as the code beside it shows it too. */
export function bodyOf(model: string, messages: Message[], settings: Settings): Record<string, unknown> {
  return {
    model,
    messages,
    stream: true,
    temperature: settings.temperature,
    top_p: settings.topP,
    max_tokens: settings.maxTokens,
    ...(settings.seed === '' ? {} : { seed: Number(settings.seed) }),
    ...(settings.stop === '' ? {} : { stop: settings.stop.split(',').map((s) => s.trim()) }),
    ...(settings.tier === 'auto' ? {} : { service_tier: settings.tier }),
    ...(settings.logprobs ? { logprobs: true, top_logprobs: 4 } : {}),
  };
}

interface Chunk {
  choices?: {
    delta?: { content?: string | null };
    finish_reason?: string | null;
    logprobs?: { content?: { token: string; logprob: number; top_logprobs?: { token: string; logprob: number }[] }[] | null } | null;
  }[];
  usage?: { prompt_tokens: number; completion_tokens: number; prompt_tokens_details?: { cached_tokens?: number } | null } | null;
  service_tier?: string;
  error?: { message?: string };
}

/** Streams one answer; `onAnswer` gets a new value with everything that arrives. */
export async function streamChat(key: string, body: Record<string, unknown>, signal: AbortSignal, onAnswer: (answer: Answer) => void): Promise<void> {
  const sent = performance.now();
  let answer: Answer = NO_ANSWER;
  let count = 0;
  let first = 0;
  const set = (change: Partial<Answer>) => {
    answer = { ...answer, ...change };
    onAnswer(answer);
  };
  try {
    const response = await fetch(addressOf('/v1/chat/completions'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify({ ...body, stream_options: { include_usage: true } }),
      signal,
      credentials: 'omit',
    });
    if (!response.ok) throw errorOf(response, await response.json().catch(() => null));
    set({ requestId: response.headers.get('x-request-id') });
    await readEvents(response, ({ data }) => {
      if (data === '[DONE]') return;
      const chunk = JSON.parse(data) as Chunk;
      if (chunk.error) throw new ApiError(0, chunk.error.message ?? 'The stream ended with an error.');
      const choice = chunk.choices?.[0];
      const piece = choice?.delta?.content ?? '';
      const now = performance.now();
      if (piece !== '') {
        count++;
        if (count === 1) first = now;
      }
      set({
        ...(piece === '' ? {} : { state: 'writing', text: answer.text + piece, firstTokenMs: answer.firstTokenMs ?? now - sent }),
        ...(count > 1 ? { tokensPerSecond: (count - 1) / ((now - first) / 1000) } : {}),
        ...(choice?.logprobs?.content ? { tokens: [...answer.tokens, ...choice.logprobs.content.map(tokenOf)] } : {}),
        ...(choice?.finish_reason ? { finish: choice.finish_reason } : {}),
        ...(chunk.service_tier ? { tier: chunk.service_tier } : {}),
        ...(chunk.usage
          ? {
              outputTokens: chunk.usage.completion_tokens,
              promptTokens: chunk.usage.prompt_tokens,
              cachedTokens: chunk.usage.prompt_tokens_details?.cached_tokens ?? 0,
              ...(count > 1 && chunk.usage.completion_tokens > 1
                ? { tokensPerSecond: (chunk.usage.completion_tokens - 1) / ((now - first) / 1000) }
                : {}),
            }
          : {}),
      });
    });
    set({ state: 'done' });
  } catch (error) {
    if (signal.aborted) set({ state: 'stopped' });
    else set({ state: 'failed', error: error instanceof Error ? error.message : String(error) });
  }
}

function tokenOf(content: { token: string; logprob: number; top_logprobs?: { token: string; logprob: number }[] }): Token {
  return {
    token: content.token,
    probability: Math.exp(content.logprob),
    others: (content.top_logprobs ?? []).map((o) => ({ token: o.token, probability: Math.exp(o.logprob) })),
  };
}
