import { ConfirmByName } from '../../components/ConfirmByName';
import { answer } from '../../lib/api/client';
import { full } from '../../lib/format';
import { useSession } from '../../lib/session';
import { shortId } from './api';

interface Props {
  id: string;
  tenant: string;
  tokens: number;
  onClose: () => void;
}

export function CancelDialog({ id, tenant, tokens, onClose }: Props) {
  const { api, scope } = useSession();
  const params = { path: { requestId: id } };
  return (
    <ConfirmByName
      verb="Cancel"
      what="request"
      name={id.slice(-6)}
      keep="Let it run"
      onClose={onClose}
      act={() =>
        answer(
          scope.kind === 'all'
            ? api.POST('/admin/requests/{requestId}/cancel', { params })
            : api.POST('/v1/organization/requests/{requestId}/cancel', { params }),
        )
      }
    >
      <p>
        {shortId(id)} of {tenant} ends with its next step. The client gets an error; the {full(tokens)} tokens that it generated are charged.
      </p>
    </ConfirmByName>
  );
}
