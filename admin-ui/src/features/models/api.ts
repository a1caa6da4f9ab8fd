import type { Data, Present, Schemas } from '../../lib/api/types';

export type Price = Data<'Price'>;
export type Plan = Data<'MemoryPlan'>;
export type Alias = Data<'AliasView'>;
export type ModelLimit = Data<'LimitStoreModelLimit', 'name' | 'tenant' | 'tenant_id'>;

export interface Model {
  id: string;
  state: string;
  detail: string;
  progress: Present<Schemas['ModelStatusProgress']> | null;
  reference: string | null;
  description: Present<Schemas['ServedModelDescription']> | null;
  max_model_len: number | null;
  loaded_at: string | null;
  figures: (Omit<Present<Schemas['EngineFigures']>, 'device'> & { device: Present<Schemas['EngineFiguresDevice']> | null }) | null;
  aliases: string[];
}

export interface Models {
  data: Model[];
  on_disk: string[];
}

/** The price of each model that counts now. */
export function currentPrices(prices: Price[], now: Date): Map<string, Price> {
  const current = new Map<string, Price>();
  for (const price of prices) {
    if (Date.parse(price.valid_from) > now.getTime()) continue;
    const old = current.get(price.model);
    if (old === undefined || old.version < price.version) current.set(price.model, price);
  }
  return current;
}

/** The last part of a path: what a person knows it by. */
export function shortReference(reference: string): string {
  return reference.startsWith('/') ? reference.slice(reference.lastIndexOf('/') + 1) : reference;
}
