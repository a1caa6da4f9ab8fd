import { getJson } from '../../lib/http';

export interface Readiness {
  ready: boolean;
  /** Why not, in the server's words; empty when ready or not said. */
  reasons: string[];
}

/** GET /readyz: 200 when requests are served, 503 with reasons while they are not. */
export async function readReadiness(signal: AbortSignal): Promise<Readiness> {
  const { status, body } = await getJson('/readyz', signal);
  return { ready: status === 200, reasons: status === 200 ? [] : reasonsOf(body) };
}

export function reasonsOf(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [];
  const { reasons } = body as { reasons?: unknown };
  return Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [];
}
