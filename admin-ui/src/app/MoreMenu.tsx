import { useNavigate } from '@tanstack/react-router';
import { Dialog } from '../components/Dialog';
import { Icon } from '../components/Icon';
import { type PageEntry, PAGES } from './pages';
import { ScopeSwitch } from './ScopeSwitch';

/** On a phone: the pages that have no place in the tab bar. */
export function MoreMenu({ opened, shown, onClose }: { opened: boolean; shown: (page: PageEntry) => boolean; onClose: () => void }) {
  const navigate = useNavigate();
  return (
    <Dialog title="All pages" opened={opened} onClose={onClose}>
      <ScopeSwitch />
      <div className="palette-list">
        {PAGES.filter(shown).map((page) => (
          <button
            key={page.to}
            type="button"
            onClick={() => {
              onClose();
              void navigate({ to: page.to });
            }}
          >
            <Icon name={page.icon} /> {page.label}
          </button>
        ))}
      </div>
    </Dialog>
  );
}
