import { Button } from '@mantine/core';
import { full } from '../lib/format';
import { Icon } from './Icon';

interface Props {
  /** From 0 on. */
  page: number;
  size: number;
  total: number;
  what: string;
  onPage: (page: number) => void;
}

/** Where in the list one is; nothing when all fits on a page. */
export function Pager({ page, size, total, what, onPage }: Props) {
  const last = Math.max(0, Math.ceil(total / size) - 1);
  return (
    <nav className="pager" aria-label="Pages">
      <span className="quiet">
        {total === 0 ? `No ${what}` : `${full(page * size + 1)} to ${full(Math.min(total, (page + 1) * size))} of ${full(total)} ${what}`}
      </span>
      {last > 0 && (
        <>
          <Button
            variant="default"
            leftSection={<Icon name="left" small />}
            disabled={page === 0}
            onClick={() => {
              onPage(page - 1);
            }}
          >
            Previous
          </Button>
          <Button
            variant="default"
            rightSection={<Icon name="right" small />}
            disabled={page >= last}
            onClick={() => {
              onPage(page + 1);
            }}
          >
            Next
          </Button>
        </>
      )}
    </nav>
  );
}

/** For lists that go on by a cursor: from the newest to the older. */
export function CursorPager({ first, next, onFirst, onNext }: { first: boolean; next: boolean; onFirst: () => void; onNext: () => void }) {
  if (first && !next) return null;
  return (
    <nav className="pager" aria-label="Pages">
      <Button variant="default" disabled={first} onClick={onFirst}>
        Newest
      </Button>
      <Button variant="default" rightSection={<Icon name="right" small />} disabled={!next} onClick={onNext}>
        Older
      </Button>
    </nav>
  );
}
