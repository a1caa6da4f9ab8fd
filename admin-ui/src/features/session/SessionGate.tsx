import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import { Failure, Loading } from '../../components/states';
import { answer, apiFor } from '../../lib/api/client';
import { ApiError } from '../../lib/api/error';
import type { Data } from '../../lib/api/types';
import { type Scope, type Session, SessionContext, type SessionData } from '../../lib/session';
import { AcceptInvitePage } from './AcceptInvitePage';
import { FirstRunPage } from './FirstRunPage';
import { firstScope, rememberScope } from './scope';
import { SignInPage } from './SignInPage';

const INVITE = /^#\/invite\/([A-Za-z0-9_-]{43})$/;

/** Whoever is not signed in gets no further; everybody else has a session and a scope. */
export function SessionGate({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [session, setSession] = useState<SessionData | null | undefined>(undefined);
  const [notice, setNotice] = useState<string>();
  const [invite, setInvite] = useState(() => INVITE.exec(window.location.hash)?.[1]);
  const found = useQuery({ queryKey: ['session'], queryFn: findSession, staleTime: Infinity, retry: false });
  const current = session === undefined ? found.data : session;
  const ways = useQuery({
    queryKey: ['session', 'ways'],
    queryFn: () => answer<Data<'SignInWaysWays'>>(apiFor({}).GET('/auth/ways')),
    staleTime: Infinity,
    enabled: current === null,
  });

  const signedIn = useCallback(
    (data: SessionData) => {
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
      setNotice(undefined);
      setInvite(undefined);
      if (INVITE.test(window.location.hash)) window.location.hash = '#/';
      setSession(data);
    },
    [queries],
  );
  const signedOut = useCallback(
    (why?: string) => {
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
      setNotice(why);
      setSession(null);
    },
    [queries],
  );

  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        const error: unknown = event.query.state.error;
        if (event.type === 'updated' && error instanceof ApiError && error.code === 'session_expired') {
          signedOut('Your session has ended. Sign in to go on where you were.');
        }
      }),
    [queries, signedOut],
  );

  if (invite !== undefined) {
    return (
      <AcceptInvitePage
        token={invite}
        onSignedIn={signedIn}
        onJoined={() => {
          setInvite(undefined);
          window.location.hash = '#/';
          setNotice('You have joined. Sign in with your password.');
        }}
      />
    );
  }
  const error = found.error ?? ways.error;
  if (current === undefined || (current === null && ways.data === undefined)) {
    return error ? (
      <main className="gate">
        <Failure what="Penstock cannot be reached." error={error} onRetry={() => void (found.error ? found : ways).refetch()} />
      </main>
    ) : (
      <main className="gate">
        <Loading lines={3} />
      </main>
    );
  }
  if (current === null) {
    return ways.data?.first_run && session === undefined ? (
      <FirstRunPage onSignedIn={signedIn} />
    ) : (
      <SignInPage oidc={ways.data?.oidc ?? false} notice={notice} onSignedIn={signedIn} />
    );
  }
  return (
    <Signed data={current} onSignedOut={signedOut}>
      {children}
    </Signed>
  );
}

/** Null when nobody is signed in. */
async function findSession(): Promise<SessionData | null> {
  try {
    return await answer<SessionData>(apiFor({}).GET('/auth/session'));
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return null;
    throw error;
  }
}

function Signed({ data, onSignedOut, children }: { data: SessionData; onSignedOut: (why?: string) => void; children: ReactNode }) {
  const queries = useQueryClient();
  const [scope, setScope] = useState<Scope>(() => firstScope(data));
  const value = useMemo<Session>(() => {
    const credentials = {
      csrfToken: data.csrf_token,
      organization: scope.kind === 'tenant' ? scope.id : undefined,
    };
    return {
      data,
      scope,
      credentials,
      api: apiFor(credentials),
      within: (organization) => apiFor({ ...credentials, organization }),
      choose: (next) => {
        rememberScope(data, next);
        queries.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
        setScope(next);
      },
      signOut: async () => {
        await answer(apiFor(credentials).POST('/auth/sign-out'));
        onSignedOut();
      },
    };
  }, [data, scope, queries, onSignedOut]);
  return <SessionContext value={value}>{children}</SessionContext>;
}
