/** The server refused or failed. Its message is for people and names the field and the fix. */
export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    message: string,
    readonly code: string | null = null,
    readonly field: string | null = null,
    readonly requestId: string | null = null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

interface ErrorBody {
  error?: { message?: string; code?: string | null; param?: string | null };
}

/** From an answer in OpenAI's error shape. */
export function errorOf(response: Response, body: unknown): ApiError {
  const error = typeof body === 'object' && body !== null ? (body as ErrorBody).error : undefined;
  const retry = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(
    response.status,
    error?.message ?? `The server answered with HTTP ${response.status}.`,
    error?.code ?? null,
    error?.param ?? null,
    response.headers.get('x-request-id'),
    Number.isFinite(retry) ? retry : null,
  );
}
