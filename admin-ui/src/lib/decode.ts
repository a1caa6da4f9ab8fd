// Reads fields out of JSON of unknown shape; a wrong one is an error that names it.

export type Json = Record<string, unknown>;

export function object(value: unknown, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, 'an object');
  return value as Json;
}

export function array(from: Json, name: string): unknown[] {
  const value = from[name];
  if (!Array.isArray(value)) throw wrong(name, 'an array');
  return value;
}

export function text(from: Json, name: string): string {
  const value = from[name];
  if (typeof value !== 'string') throw wrong(name, 'a string');
  return value;
}

export function number(from: Json, name: string): number {
  const value = from[name];
  if (typeof value !== 'number') throw wrong(name, 'a number');
  return value;
}


/** Undefined where the field is missing or null. */
export function optional<T>(from: Json, name: string, read: (from: Json, name: string) => T): T | undefined {
  return from[name] === undefined || from[name] === null ? undefined : read(from, name);
}

function wrong(name: string, expected: string): Error {
  return new Error(`The server's answer has no ${name} that is ${expected}.`);
}
