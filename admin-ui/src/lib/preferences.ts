const SHORTCUTS = 'penstock-shortcuts';

/** Whether single keys do something; people with speech input turn that off. */
export function shortcutsOn(): boolean {
  return localStorage.getItem(SHORTCUTS) !== 'off';
}

export function setShortcuts(on: boolean) {
  localStorage.setItem(SHORTCUTS, on ? 'on' : 'off');
}

const COLUMNS = 'penstock-columns-';

/** Ids of a table's columns that this browser leaves out. */
export function columnsLeftOut(table: string): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(COLUMNS + table) ?? '[]');
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

export function leaveColumnsOut(table: string, ids: string[]) {
  localStorage.setItem(COLUMNS + table, JSON.stringify(ids));
}
