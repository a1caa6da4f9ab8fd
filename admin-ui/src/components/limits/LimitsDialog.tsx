import { useQuery } from '@tanstack/react-query';
import { answer } from '../../lib/api/client';
import { useSession } from '../../lib/session';
import { useNow } from '../../lib/useNow';
import { Dialog } from '../Dialog';
import { Fault, Loading } from '../states';
import { LimitEditor, type Place } from './LimitEditor';
import { type Limit, sentenceOf } from './limits';
import { LimitTable } from './LimitTable';

interface Props {
  /** A project or a key. */
  place: Place & { scope: 'project' | 'key'; tenantId: string };
  mayChange: boolean;
  onClose: () => void;
}

/** What counts for requests of a project or a key, which limit binds next, and the limits that are set on it. */
export function LimitsDialog({ place, mayChange, onClose }: Props) {
  const { within } = useSession();
  const query = place.scope === 'project' ? { project_id: place.id } : { api_key_id: place.id };
  const limits = useQuery({
    queryKey: ['limits', place.scope, place.id],
    queryFn: () => answer<{ data: Limit[] }>(within(place.tenantId).GET('/v1/organization/limits', { params: { query } })),
    refetchInterval: 5000,
  });
  const now = useNow(5000);
  const all = limits.data?.data ?? [];
  const { say, more } = sentenceOf(all, now, `this ${place.scope}`);
  return (
    <Dialog title={`Limits of ${place.name}`} opened onClose={onClose} size={1000}>
      {limits.isError ? (
        <Fault error={limits.error} />
      ) : limits.data === undefined ? (
        <Loading lines={3} />
      ) : (
        <div className="dialog-text">
          <p className="medium">{say}</p>
          <p className="secondary">{more}</p>
          {all.length > 0 && <LimitTable limits={all} now={now} />}
        </div>
      )}
      {mayChange && (
        <>
          <h3>Set on this {place.scope}</h3>
          <LimitEditor place={place} onClose={onClose} />
        </>
      )}
    </Dialog>
  );
}
