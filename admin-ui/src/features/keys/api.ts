import type { Data } from '../../lib/api/types';

export type Key = Data<
  'KeyListStoreListed',
  'owner' | 'allowed_models' | 'denied_models' | 'allowed_cidrs' | 'expires_at' | 'revoked_at' | 'last_used_at' | 'rotated_to'
>;

export interface KeyPage {
  data: Key[];
  total: number;
}

/** What the answer to a creation or a rotation has: the secret, this once. */
export type NewKey = Data<'ApiKeyView'>;

/** A secret on its way to the dialog that shows it; kept in the page's state and nowhere else. */
export interface Shown {
  name: string;
  secret: string;
  note: string;
}

export const SCOPES = [
  { value: 'inference', label: 'Call models' },
  { value: 'usage:read', label: 'Read usage and costs' },
];

export function scopeWords(scopes: string[]): string {
  return scopes.map((scope) => SCOPES.find((s) => s.value === scope)?.label ?? scope).join(', ') || 'Nothing';
}
