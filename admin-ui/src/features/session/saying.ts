import { ApiError } from '../../lib/api/error';
import { duration } from '../../lib/format';

/** Why somebody did not get in, and what to do about it. */
export function saying(error: Error): string {
  if (!(error instanceof ApiError)) return error.message;
  if (error.status === 429) {
    const wait = error.retryAfterSeconds === null ? 'a while' : duration(error.retryAfterSeconds * 1000);
    return `Too many attempts. This account is locked for ${wait}; the right password works again after that.`;
  }
  if (error.status === 401) return 'Email or password is wrong. After 5 wrong tries there is a pause of 15 min.';
  return error.message;
}
