const ROWS = '#page tbody tr';

/**
 * Moves the focus to the next row of the page's tables, or the one before; the first when none has it.
 *
 * @returns whether there are rows
 */
export function stepRow(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLTableRowElement>(ROWS)].filter((row) => row.offsetParent !== null);
  if (rows.length === 0) return false;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))];
  if (next === undefined) return false;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

/** Presses what the row in focus is known by: the link or button of its first cell that has one. */
export function openRow(): boolean {
  const row = document.activeElement;
  if (!(row instanceof HTMLTableRowElement)) return false;
  const link = row.querySelector<HTMLElement>('a, button');
  link?.click();
  return link !== null;
}
