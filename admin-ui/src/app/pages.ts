import type { IconName } from '../components/Icon';

export interface PageEntry {
  to: string;
  label: string;
  icon: IconName;
  /** Key after `g`. */
  key: string;
  operatorOnly?: boolean;
}

/** The navigation's groups. */
export const GROUPS: PageEntry[][] = [
  [
    { to: '/', label: 'Overview', icon: 'overview', key: 'o' },
    { to: '/requests', label: 'Requests', icon: 'requests', key: 'r' },
    { to: '/usage', label: 'Usage and cost', icon: 'usage', key: 'u' },
    { to: '/alerts', label: 'Alerts', icon: 'alerts', key: 'l' },
  ],
  [
    { to: '/tenants', label: 'Tenants', icon: 'tenants', key: 't' },
    { to: '/keys', label: 'Keys', icon: 'keys', key: 'k' },
    { to: '/models', label: 'Models', icon: 'models', key: 'm', operatorOnly: true },
  ],
  [
    { to: '/playground', label: 'Playground', icon: 'playground', key: 'p' },
    { to: '/audit', label: 'Audit', icon: 'audit', key: 'a' },
    { to: '/settings', label: 'Settings', icon: 'settings', key: 's' },
  ],
];

export const PAGES = GROUPS.flat();
