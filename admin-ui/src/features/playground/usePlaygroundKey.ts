import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answer } from '../../lib/api/client';
import type { Data, Present, Schemas } from '../../lib/api/types';
import { takeOver } from '../../lib/handOver';
import { useSession } from '../../lib/session';

const HOUR = 3600;

export interface PlaygroundKey {
  secret: string;
  /** Who is charged. */
  name: string;
}

// For as long as the page is open in this tab: in memory, never in storage.
let kept: PlaygroundKey | null = null;

/** The key that the playground calls with: a project is charged as by any application. */
export function usePlaygroundKey() {
  const { within, data, scope } = useSession();
  const [key, setKey] = useState<PlaygroundKey | null>(() => {
    const handed = takeOver();
    if (handed !== null) kept = { secret: handed.secret, name: `key ${handed.name}` };
    return kept;
  });
  const use = (next: PlaygroundKey | null) => {
    kept = next;
    setKey(next);
  };
  const organization = scope.kind === 'tenant' ? scope : data.organizations[0];
  const make = useMutation({
    mutationFn: async () => {
      if (organization === undefined) throw new Error('You belong to no organization; paste a key.');
      const api = within(organization.id);
      const projects = await answer<Present<Schemas['ListPageProjectProjectView']>>(
        api.GET('/v1/organization/projects', { params: { query: { limit: 100 } } }),
      );
      const project = projects.data.find((p) => p.name === 'playground') ?? projects.data[0];
      if (project === undefined) throw new Error('The organization has no project.');
      const made = await answer<Data<'ApiKeyView'>>(
        api.POST('/v1/organization/projects/{projectId}/api_keys', {
          params: { path: { projectId: project.id } },
          body: { name: 'playground', scopes: ['inference'], expires_in_seconds: HOUR },
        }),
      );
      return { secret: made.value, name: `${organization.name}, project ${project.name}` };
    },
    onSuccess: use,
  });
  return { key, use, make, organization };
}
