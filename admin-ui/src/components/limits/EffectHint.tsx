import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { answer } from '../../lib/api/client';
import { useSession } from '../../lib/session';
import { type Effect, effectInWords, followsFromSums } from './limits';

/** Whose use is looked at. */
export interface EffectPlace {
  tenantId: string;
  projectId?: string;
  keyId?: string;
  /** Empty for all together. */
  model: string;
}

/** What the limit would have meant in the last days, before it is set. */
export function EffectHint({ place, kind, value }: { place: EffectPlace; kind: string; value: number }) {
  const { within } = useSession();
  const [asked] = useDebouncedValue({ kind, value }, 300);
  const known = followsFromSums(asked.kind);
  const effect = useQuery({
    queryKey: ['limit-effect', place, asked],
    queryFn: () =>
      answer<Effect>(
        within(place.tenantId).GET('/v1/organization/limits/effect', {
          params: {
            query: {
              ...asked,
              model: place.model,
              ...(place.projectId === undefined ? {} : { project_id: place.projectId }),
              ...(place.keyId === undefined ? {} : { api_key_id: place.keyId }),
            },
          },
        }),
      ),
    enabled: known,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  return (
    <p className="small secondary" aria-live="polite">
      {!known ? 'What it would have meant before cannot be told: sums say nothing of this kind.' : effect.data ? effectInWords(effect.data) : '\u00a0'}
    </p>
  );
}
