import { Dialog } from '../components/Dialog';
import { type PageEntry, PAGES } from './pages';

const KEYS: [string, string][] = [
  ['Ctrl K', 'Search or go to'],
  ['/', 'The page\'s filter'],
  ['j, k', 'Next row, row before'],
  ['Enter', 'Opens the row'],
  ['[, ]', 'Earlier range, later range'],
  ['.', 'Holds live figures, lets them go on'],
  ['Ctrl Enter', 'Sends in the playground'],
  ['?', 'This list'],
];

/** All keys that do something. */
export function ShortcutsDialog({ shown, onClose }: { shown: (page: PageEntry) => boolean; onClose: () => void }) {
  return (
    <Dialog title="Keys" opened onClose={onClose}>
      <dl className="facts keys-list">
        {[...KEYS, ...PAGES.filter(shown).map((page): [string, string] => [`g ${page.key}`, page.label])].map(([keys, what]) => (
          <KeyRow key={keys} keys={keys} what={what} />
        ))}
      </dl>
      <p className="small quiet">Single keys can be turned off in Settings.</p>
    </Dialog>
  );
}

function KeyRow({ keys, what }: { keys: string; what: string }) {
  return (
    <>
      <dt>
        <kbd>{keys}</kbd>
      </dt>
      <dd>{what}</dd>
    </>
  );
}
