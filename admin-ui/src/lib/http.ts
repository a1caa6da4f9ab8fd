import { serverRoot } from './base';

/** The server answered, but not with what was asked for. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface JsonAnswer {
  status: number;
  body: unknown;
}

const TIMEOUT_MS = 10_000;

/** GETs JSON from the server that served this page; any status is an answer. */
export async function getJson(path: string, signal: AbortSignal, bearer?: string): Promise<JsonAnswer> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (bearer !== undefined) headers['Authorization'] = `Bearer ${bearer}`;
  const response = await fetch(serverRoot(window.location.pathname) + path, {
    headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    cache: 'no-store',
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : parse(text, response.status) };
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(status, `The answer (HTTP ${status}) is not JSON.`);
  }
}
