import { createContext, useContext } from 'react';
import type { Api } from './api/client';
import type { Credentials } from './api/client';
import type { Data } from './api/types';

export type SessionData = Data<'SessionView'>;

/** Whose things the pages are about: all organizations, for the operator, or one. */
export type Scope = { kind: 'all' } | { kind: 'tenant'; id: string; name: string; role: string };

export interface Session {
  data: SessionData;
  scope: Scope;
  /** Requests within the scope. */
  api: Api;
  credentials: Credentials;
  /** Requests within one organization, whatever the scope. */
  within: (organization: string) => Api;
  choose: (scope: Scope) => void;
  signOut: () => Promise<void>;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('Only pages of people who are signed in may ask for the session.');
  return session;
}

/** What somebody may do in the scope; the server decides, this only hides what would be refused. */
export function mayManage(scope: Scope): boolean {
  return scope.kind === 'all' || scope.role === 'owner' || scope.role === 'admin';
}

export function mayMakeKeys(scope: Scope): boolean {
  return mayManage(scope) || (scope.kind === 'tenant' && scope.role === 'member');
}
