import type { components } from './schema';

/**
 * The OpenAPI document does not say which fields an answer always has: Penstock leaves none out. Those that may be null
 * are named where they are read.
 */
export type Present<T> = T extends readonly (infer U)[]
  ? Present<U>[]
  : T extends object
    ? { [K in keyof T]-?: Present<Exclude<T[K], undefined>> }
    : T;

export type Schemas = components['schemas'];

/** A schema of the document as an answer has it; `Null` names the fields that may be null. */
export type Data<Name extends keyof Schemas, Null extends keyof Schemas[Name] = never> = {
  [K in keyof Schemas[Name]]-?:
    | Present<Exclude<Schemas[Name][K], undefined>>
    | (K extends Null ? null : never);
};
