import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { Icon } from './Icon';
import { Mark } from './Mark';
import { SearchButton, ThemeButton } from './TopButtons';

interface Props {
  title: string;
  /** The list that this is a detail of. */
  parent?: { to: string; label: string } | undefined;
  /** Beside the title: status, id, live state. */
  beside?: ReactNode;
  /** At the right: filters, then the one primary action. */
  actions?: ReactNode;
  /** Without padding and gaps, for pages that fill the window. */
  bare?: boolean;
  children: ReactNode;
}

/** Top bar and content of one page. */
export function Page({ title, parent, beside, actions, bare, children }: Props) {
  useEffect(() => {
    document.title = `${title} - Penstock`;
  }, [title]);
  return (
    <>
      <header className="top">
        <span className="top-mark">
          <Mark />
        </span>
        {parent && (
          <nav className="crumb" aria-label="Breadcrumb">
            <Link to={parent.to}>{parent.label}</Link>
            <Icon name="right" small />
          </nav>
        )}
        <h1>{title}</h1>
        {beside}
        <span className="grow" />
        <SearchButton />
        {actions}
        <ThemeButton />
      </header>
      <main className={bare ? 'page-bare' : 'page'} id="page" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
