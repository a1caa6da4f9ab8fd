import type { Scope, SessionData } from '../../lib/session';

const KEY = 'penstock-scope';

/** The operator begins with all, others with their first organization; a scope that was chosen is kept for the tab. */
export function firstScope(session: SessionData): Scope {
  const kept = read();
  const own = session.organizations;
  if (kept !== null) {
    const still = own.find((o) => o.id === kept.id);
    if (still) return { kind: 'tenant', ...still };
    if (session.user.operator && kept.id !== '') return { kind: 'tenant', id: kept.id, name: kept.name, role: 'owner' };
  }
  const first = own[0];
  return session.user.operator || first === undefined ? { kind: 'all' } : { kind: 'tenant', ...first };
}

export function rememberScope(session: SessionData, scope: Scope) {
  sessionStorage.setItem(
    KEY,
    JSON.stringify({ person: session.user.id, id: scope.kind === 'tenant' ? scope.id : '', name: scope.kind === 'tenant' ? scope.name : '' }),
  );
}

function read(): { id: string; name: string } | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return null;
    const { id, name } = kept as { id?: unknown; name?: unknown };
    return typeof id === 'string' && typeof name === 'string' ? { id, name } : null;
  } catch {
    return null;
  }
}
