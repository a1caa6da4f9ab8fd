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
        : (await answer<{ data: { id: string }[] }>(api.GET('/v1/organization/models', {}))).data.map((m) => m.id),
    staleTime: 60_000,
  });
}
