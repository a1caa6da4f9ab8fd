import { type Key, SCOPES } from './api';

export type ModelMode = 'all' | 'only' | 'but';

/** What a key may do, as its form has it. */
export interface Rules {
  scopes: string[];
  mode: ModelMode;
  /** Those that are allowed, or those that are denied; of no meaning when all are allowed. */
  models: string[];
  /** Networks, apart by commas or spaces; empty for any. */
  cidrs: string;
}

export const NO_RULES: Rules = { scopes: SCOPES.map((s) => s.value), mode: 'all', models: [], cidrs: '' };

/** A key that has both lists may call what is in the one and not in the other: that is one list. */
export function rulesOf(key: Pick<Key, 'scopes' | 'allowed_models' | 'denied_models' | 'allowed_cidrs'>): Rules {
  const denied = key.denied_models ?? [];
  const allowed = key.allowed_models?.filter((model) => !denied.includes(model));
  return {
    scopes: key.scopes,
    mode: allowed !== undefined ? 'only' : denied.length > 0 ? 'but' : 'all',
    models: allowed ?? denied,
    cidrs: key.allowed_cidrs?.join(', ') ?? '',
  };
}

/** As requests have it; null is no rule. */
export function wireOf(rules: Rules) {
  const networks = rules.cidrs.split(/[\s,]+/).filter((cidr) => cidr !== '');
  return {
    scopes: rules.scopes,
    allowed_models: rules.mode === 'only' ? rules.models : null,
    denied_models: rules.mode === 'but' ? rules.models : null,
    allowed_cidrs: networks.length === 0 ? null : networks,
  };
}

/** Whether there is something to send: a list that is asked for has a model in it. */
export function complete({ scopes, mode, models }: Rules): boolean {
  return scopes.length > 0 && (mode === 'all' || models.length > 0);
}

export function modelsInWords({ mode, models }: Rules): string {
  return mode === 'all' ? 'all models' : `${mode === 'but' ? 'all models but ' : ''}${models.join(', ')}`;
}
