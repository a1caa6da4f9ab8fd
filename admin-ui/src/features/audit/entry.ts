import type { Data } from '../../lib/api/types';

type Raw = Data<'AuditEntryView', 'object_id' | 'request_id'>;
type Json = Record<string, unknown>;

export type Entry = Omit<Raw, 'before' | 'after' | 'actor'> & {
  before: Json | null;
  after: Json | null;
  actor: {
    type: string;
    session?: { user: { email: string | null }; ip_address: string | null };
    api_key?: { name: string | null; type: string; ip_address: string | null };
  };
};

export function actorOf({ actor }: Entry): { name: string; address: string | null } {
  if (actor.session) return { name: actor.session.user.email ?? 'someone', address: actor.session.ip_address };
  const key = actor.api_key;
  const named = key?.name ? `key ${key.name}` : 'nobody signed in';
  return {
    name: key?.type === 'operator' ? 'admin key' : named,
    address: key?.ip_address ?? null,
  };
}

export interface Difference {
  field: string;
  before: string | null;
  after: string | null;
}

const QUIET = new Set(['id', 'object', 'created_at', 'added_at', 'tenant_id']);
const MOST = 4;

/** The fields that changed; of what is new or gone, those that tell what it was. */
export function diff({ before, after }: Pick<Entry, 'before' | 'after'>): Difference[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const found: Difference[] = [];
  for (const field of fields) {
    const was = before?.[field];
    const is = after?.[field];
    if (QUIET.has(field) || JSON.stringify(was) === JSON.stringify(is)) continue;
    if (nothing(was) && nothing(is)) continue;
    found.push({ field, before: before === null ? null : text(was), after: after === null ? null : text(is) });
  }
  return found.slice(0, MOST);
}

function nothing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function text(value: unknown): string {
  if (nothing(value)) return 'none';
  if (Array.isArray(value)) return value.map(text).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
