const SHORTCUTS = 'penstock-shortcuts';

/** Whether single keys do something; people with speech input turn that off. */
export function shortcutsOn(): boolean {
  return localStorage.getItem(SHORTCUTS) !== 'off';
}

export function setShortcuts(on: boolean) {
  localStorage.setItem(SHORTCUTS, on ? 'on' : 'off');
}
