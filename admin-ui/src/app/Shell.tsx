import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { Icon } from '../components/Icon';
import { Mark } from '../components/Mark';
import { mayManage, useSession } from '../lib/session';
import { MoreMenu } from './MoreMenu';
import { GROUPS, type PageEntry } from './pages';
import { Palette } from './Palette';
import { ScopeSwitch } from './ScopeSwitch';
import { ShortcutsDialog } from './ShortcutsDialog';
import { useShortcuts } from './useShortcuts';

/** Navigation and, beside it, the page. */
export function Shell() {
  const { data, scope } = useSession();
  const [more, setMore] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [help, setHelp] = useState(false);
  const showHelp = useCallback(() => {
    setHelp(true);
  }, []);
  useShortcuts(showHelp);
  const shown = (entry: PageEntry) =>
    !(entry.operatorOnly && scope.kind !== 'all') && !(entry.to === '/audit' && !mayManage(scope));
  const initials = data.user.name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .slice(0, 2)
    .join('')
    .toUpperCase();
  return (
    <div className="shell">
      <a
        className="skip"
        href="#page"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('page')?.focus();
        }}
      >
        Skip to the page
      </a>
      <nav className="nav" aria-label="Main">
        <div className="brand">
          <Mark /> <span>Penstock</span>
        </div>
        <ScopeSwitch />
        {GROUPS.map((group, i) => (
          <ul key={i}>
            {group.filter(shown).map((entry) => (
              <li key={entry.to}>
                <Link
                  to={entry.to === '/tenants' && scope.kind === 'tenant' ? `/tenants/${scope.id}` : entry.to}
                  aria-current={isAt(path, entry.to) ? 'page' : undefined}
                  title={entry.label}
                >
                  <Icon name={entry.icon} /> <span>{entry.to === '/tenants' && scope.kind === 'tenant' ? 'Organization' : entry.label}</span>
                </Link>
              </li>
            ))}
          </ul>
        ))}
        <div className="who">
          <span className="avatar" aria-hidden="true">
            {initials}
          </span>
          <div>
            <div className="medium">{data.user.name}</div>
            <div className="small quiet">{roleOf(data.user.operator, scope.kind === 'tenant' ? scope.role : undefined)}</div>
          </div>
        </div>
      </nav>
      <div>
        <Outlet />
      </div>
      <nav className="tab-bar" aria-label="Main, short">
        {[GROUPS[0]?.[0], GROUPS[0]?.[1], GROUPS[0]?.[2], GROUPS[1]?.findLast(shown)].map(
          (entry) =>
            entry && (
              <Link key={entry.to} to={entry.to} aria-current={isAt(path, entry.to) ? 'page' : undefined}>
                <Icon name={entry.icon} /> {entry.label.split(' ')[0]}
              </Link>
            ),
        )}
        <button
          type="button"
          onClick={() => {
            setMore(true);
          }}
        >
          <Icon name="dots" /> More
        </button>
      </nav>
      <MoreMenu opened={more} shown={shown} onClose={() => { setMore(false); }} />
      <Palette shown={shown} />
      {help && (
        <ShortcutsDialog
          shown={shown}
          onClose={() => {
            setHelp(false);
          }}
        />
      )}
    </div>
  );
}

function isAt(path: string, to: string): boolean {
  return to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
}

function roleOf(operator: boolean, role: string | undefined): string {
  if (role === undefined || operator) return 'Operator';
  return role.charAt(0).toUpperCase() + role.slice(1);
}
