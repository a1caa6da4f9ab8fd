import { useQuery } from '@tanstack/react-query';
import { answer } from './api/client';
import type { Data, Present, Schemas } from './api/types';
import { useSession } from './session';

type Projects = Present<Schemas['ListPageProjectProjectView']>;

/** Projects of the organization in scope, or of another that is named; those that are active. */
export function useProjects(organization?: string, enabled = true) {
  const { within, scope } = useSession();
  const of = organization ?? (scope.kind === 'tenant' ? scope.id : undefined);
  return useQuery({
    queryKey: ['projects', of],
    queryFn: () =>
      answer<Projects>(within(of ?? '').GET('/v1/organization/projects', { params: { query: { limit: 100 } } })),
    enabled: enabled && of !== undefined,
  });
}

/** Ids of the models that take requests. */
export function useModelIds() {
  const { api, scope } = useSession();
  return useQuery({
    queryKey: ['model-ids', scope.kind],
    queryFn: async () =>
      scope.kind === 'all'
        ? (await answer<Data<'OverviewOverview'>>(api.GET('/admin/overview'))).models.map((m) => m.id)
        : (await answer<Served>(api.GET('/v1/organization/models', {}))).data.filter((m) => m.alias_of === null).map((m) => m.id),
    staleTime: 60_000,
  });
}

interface Served {
  data: { id: string; alias_of: string | null }[];
}

/** All names that requests may ask for: ids of models, then aliases. */
export function useModelNames() {
  const { api, scope } = useSession();
  return useQuery({
    queryKey: ['model-names', scope.kind],
    queryFn: async () => {
      if (scope.kind !== 'all') return (await answer<Served>(api.GET('/v1/organization/models', {}))).data.map((m) => m.id);
      const { models } = await answer<Data<'OverviewOverview'>>(api.GET('/admin/overview'));
      const aliases = await answer<{ data: { alias: string }[] }>(api.GET('/admin/models/aliases'));
      return [...new Set([...models.map((m) => m.id), ...aliases.data.map((a) => a.alias)])];
    },
    staleTime: 60_000,
  });
}
