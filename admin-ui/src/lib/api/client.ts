import createClient, { type Client } from 'openapi-fetch';
import { serverRoot } from '../base';
import { ApiError, errorOf } from './error';
import type { paths } from './schema';

export type Api = Client<paths>;

/** What requests of a session carry. */
export interface Credentials {
  /** Sent with whatever changes something. */
  csrfToken?: string | undefined;
  /** Id of the organization that is meant by paths below /v1/organization. */
  organization?: string | undefined;
  /** In place of the session: the admin key, or a project's key. */
  bearer?: string | undefined;
}

const TIMEOUT_MS = 12_000;

export function headersOf(credentials: Credentials): Record<string, string> {
  const headers: Record<string, string> = {};
  if (credentials.bearer !== undefined) headers['Authorization'] = `Bearer ${credentials.bearer}`;
  if (credentials.csrfToken !== undefined) headers['X-CSRF-Token'] = credentials.csrfToken;
  if (credentials.organization !== undefined) headers['OpenAI-Organization'] = credentials.organization;
  return headers;
}

/** The server's address of a path; a proxy may have added a prefix. */
export function addressOf(path: string): string {
  return serverRoot(window.location.pathname) + path;
}

/** Typed requests to the server that served this page. */
export function apiFor(credentials: Credentials): Api {
  return createClient<paths>({
    baseUrl: window.location.origin + serverRoot(window.location.pathname),
    headers: headersOf(credentials),
    cache: 'no-store',
    fetch: (request: Request) =>
      fetch(new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]) })),
  });
}

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What a request was answered with. Throws an `ApiError` when it was not what was asked for. */
export async function answer<T>(call: Promise<Outcome<unknown>>): Promise<T> {
  let outcome: Outcome<unknown>;
  try {
    outcome = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    const late = cause instanceof DOMException && cause.name === 'TimeoutError';
    throw new ApiError(0, late ? `No answer from the server for ${TIMEOUT_MS / 1000} s.` : 'The server cannot be reached.');
  }
  if (!outcome.response.ok) throw errorOf(outcome.response, outcome.error);
  return outcome.data as T;
}
