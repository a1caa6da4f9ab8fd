import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Providers } from '../../testing/Providers';
import { ApiError } from '../../lib/api/error';
import type { SessionData } from '../../lib/session';
import { saying } from './saying';
import { firstScope, rememberScope } from './scope';
import { SignInPage } from './SignInPage';

beforeEach(() => {
  sessionStorage.clear();
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test('the page generates no inline style element, which the policy would refuse', () => {
  render(
    <Providers>
      <SignInPage oidc onSignedIn={vi.fn()} />
    </Providers>,
  );

  expect(screen.getByLabelText('Email')).toBeDefined();
  expect(screen.getByRole('link', { name: 'Continue with your organization' })).toBeDefined();
  expect(document.querySelectorAll('style')).toHaveLength(0);
});

test('who guesses too often is told for how long', () => {
  expect(saying(new ApiError(429, 'no', 'too_many_attempts', null, null, 840))).toContain('locked for 14 min');
  expect(saying(new ApiError(401, 'no', 'invalid_credentials'))).toContain('Email or password is wrong.');
  expect(saying(new ApiError(0, 'The server cannot be reached.'))).toBe('The server cannot be reached.');
});

const session = (operator: boolean): SessionData => ({
  object: 'session',
  user: { id: 'p', email: 'a@b.c', name: 'A', operator },
  organizations: [
    { id: '1', name: 'one', role: 'viewer', status: 'active' },
    { id: '2', name: 'two', role: 'admin', status: 'active' },
  ],
  csrf_token: 't',
  expires_at: 0,
});

test('the operator begins with all, a member with the first organization', () => {
  expect(firstScope(session(true))).toEqual({ kind: 'all' });
  expect(firstScope(session(false))).toMatchObject({ kind: 'tenant', id: '1', name: 'one', role: 'viewer' });
});

test('a scope is kept, but only where one still belongs', () => {
  rememberScope(session(false), { kind: 'tenant', id: '2', name: 'two', role: 'owner' });
  expect(firstScope(session(false))).toMatchObject({ kind: 'tenant', id: '2', name: 'two', role: 'admin' });
  rememberScope(session(false), { kind: 'tenant', id: '9', name: 'others', role: 'owner' });
  expect(firstScope(session(false))).toMatchObject({ id: '1' });
});
