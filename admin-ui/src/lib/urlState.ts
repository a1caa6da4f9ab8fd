import { useNavigate, useSearch } from '@tanstack/react-router';

export type UrlValues<T> = { [K in keyof T]: string };

/**
 * Filters, tabs and open rows live in the address, so that every view is a link. What has its usual value is left out
 * of it.
 */
export function useUrlState<T extends Record<string, string>>(usual: T): [UrlValues<T>, (change: Partial<UrlValues<T>>) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const values = { ...usual } as UrlValues<T>;
  for (const name of Object.keys(usual) as (keyof T & string)[]) {
    const value = search[name];
    if (typeof value === 'string' || typeof value === 'number') values[name] = String(value);
  }
  const change = (to: Partial<UrlValues<T>>) => {
    const next = Object.entries({ ...search, ...to }).filter(
      ([name, value]) => !(name in to && (value === undefined || value === '' || value === usual[name])),
    );
    void navigate({ to: '.', search: Object.fromEntries(next), replace: true });
  };
  return [values, change];
}
