import { createHashHistory, createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Loading } from '../components/states';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell });

type Search = Record<string, unknown>;
const anySearch = (search: Search): Search => search;

const page = (path: string, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => root, path, component, validateSearch: anySearch });

const routes = [
  page('/', lazyRouteComponent(() => import('../features/overview/OverviewPage'), 'OverviewPage')),
  page('/requests', lazyRouteComponent(() => import('../features/requests/RequestsPage'), 'RequestsPage')),
  page('/requests/$requestId', lazyRouteComponent(() => import('../features/requests/RequestPage'), 'RequestPage')),
  page('/usage', lazyRouteComponent(() => import('../features/usage/UsagePage'), 'UsagePage')),
  page('/alerts', lazyRouteComponent(() => import('../features/alerts/AlertsPage'), 'AlertsPage')),
  page('/tenants', lazyRouteComponent(() => import('../features/tenants/TenantsPage'), 'TenantsPage')),
  page('/tenants/$tenantId', lazyRouteComponent(() => import('../features/tenants/TenantPage'), 'TenantPage')),
  page('/plans', lazyRouteComponent(() => import('../features/tenants/PlansPage'), 'PlansPage')),
  page('/keys', lazyRouteComponent(() => import('../features/keys/KeysPage'), 'KeysPage')),
  page('/models', lazyRouteComponent(() => import('../features/models/ModelsPage'), 'ModelsPage')),
  page('/playground', lazyRouteComponent(() => import('../features/playground/PlaygroundPage'), 'PlaygroundPage')),
  page('/audit', lazyRouteComponent(() => import('../features/audit/AuditPage'), 'AuditPage')),
  page('/settings', lazyRouteComponent(() => import('../features/settings/SettingsPage'), 'SettingsPage')),
];

/**
 * Addresses are fragments: they work below any path prefix, and no server or proxy sees which tenant somebody looks at.
 */
export const router = createRouter({
  routeTree: root.addChildren(routes),
  history: createHashHistory(),
  defaultPendingComponent: Loading,
  defaultPreload: 'intent',
});
