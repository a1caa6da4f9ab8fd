import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { shortcutsOn } from '../lib/preferences';
import { PAGES } from './pages';

const SEQUENCE_MS = 1200;

/** `g o` and the like go to pages; `/` goes to the page's filter. */
export function useShortcuts() {
  const navigate = useNavigate();
  useEffect(() => {
    let begun = 0;
    const key = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !shortcutsOn()) return;
      if (document.querySelector('[role="dialog"]') !== null) return;
      if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('.filters input');
        if (filter) {
          event.preventDefault();
          filter.focus();
        }
        return;
      }
      if (event.key === 'g') {
        begun = Date.now();
        return;
      }
      if (Date.now() - begun < SEQUENCE_MS) {
        const page = PAGES.find((p) => p.key === event.key);
        if (page) void navigate({ to: page.to });
      }
      begun = 0;
    };
    window.addEventListener('keydown', key);
    return () => {
      window.removeEventListener('keydown', key);
    };
  }, [navigate]);
}
