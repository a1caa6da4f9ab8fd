import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { toggleLivePause } from '../lib/livePause';
import { shortcutsOn } from '../lib/preferences';
import { PAGES } from './pages';
import { openRow, stepRow } from './rows';

const SEQUENCE_MS = 1200;

/**
 * `g o` and the like go to pages; `/` goes to the page's filter; `j` and `k` go through the rows of the page's tables and
 * Enter opens one; `[` and `]` step through ranges; `.` holds live figures; `?` lists them all.
 */
export function useShortcuts(onHelp: () => void) {
  const navigate = useNavigate();
  useEffect(() => {
    let begun = 0;
    const act = (pressed: string): boolean => {
      switch (pressed) {
        case '/':
          return focusFilter();
        case '?':
          onHelp();
          return true;
        case 'j':
          return stepRow(1);
        case 'k':
          return stepRow(-1);
        case 'Enter':
          return openRow();
        case '.':
          toggleLivePause();
          return true;
        case '[':
        case ']':
          return press(pressed);
        default:
          return false;
      }
    };
    const key = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !shortcutsOn()) return;
      if (document.querySelector('[role="dialog"]') !== null) return;
      const sequence = Date.now() - begun < SEQUENCE_MS;
      begun = 0;
      if (sequence) {
        const page = PAGES.find((p) => p.key === event.key);
        if (page) {
          void navigate({ to: page.to });
          return;
        }
      }
      if (event.key === 'g') begun = Date.now();
      else if (act(event.key)) event.preventDefault();
    };
    window.addEventListener('keydown', key);
    return () => {
      window.removeEventListener('keydown', key);
    };
  }, [navigate, onHelp]);
}

function focusFilter(): boolean {
  const filter = document.querySelector<HTMLInputElement>('.filters input');
  filter?.focus();
  return filter !== null;
}

/** Presses the button that names this key. */
function press(name: string): boolean {
  const button = document.querySelector<HTMLButtonElement>(`button[data-key="${name}"]:not([disabled])`);
  button?.click();
  return button !== null;
}
