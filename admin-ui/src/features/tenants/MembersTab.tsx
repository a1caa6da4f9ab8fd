import { Button, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmByName } from '../../components/ConfirmByName';
import { Icon } from '../../components/Icon';
import { Panel } from '../../components/Panel';
import { SecretDialog } from '../../components/SecretDialog';
import { Empty, Failure, Fault, Loading } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { answer } from '../../lib/api/client';
import type { Data, Present, Schemas } from '../../lib/api/types';
import { date } from '../../lib/format';
import { useSession } from '../../lib/session';
import { InviteDialog } from './InviteDialog';

export const ROLES = [
  { value: 'viewer', label: 'Viewer: reads' },
  { value: 'member', label: 'Member: makes keys' },
  { value: 'admin', label: 'Admin: administers' },
  { value: 'owner', label: 'Owner: everything' },
];

/** People of the organization and who is invited. */
export function MembersTab({ tenantId, mayChange }: { tenantId: string; mayChange: boolean }) {
  const { within, data } = useSession();
  const queries = useQueryClient();
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<{ email: string; address: string }>();
  const [removing, setRemoving] = useState<Data<'UserView'>>();
  const users = useQuery({
    queryKey: ['members', tenantId],
    queryFn: () =>
      answer<Present<Schemas['ListPageUserView']>>(within(tenantId).GET('/v1/organization/users', { params: { query: { limit: 100 } } })),
  });
  const invites = useQuery({
    queryKey: ['invites', tenantId],
    queryFn: () =>
      answer<Present<Schemas['ListPageInviteInviteView']>>(within(tenantId).GET('/v1/organization/invites', { params: { query: { limit: 100 } } })),
    enabled: mayChange,
  });
  const setRole = useMutation({
    mutationFn: ({ id, role }: { id: string; role: string }) =>
      answer(within(tenantId).POST('/v1/organization/users/{userId}', { params: { path: { userId: id } }, body: { role } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['members', tenantId] }),
  });
  const withdraw = useMutation({
    mutationFn: (id: string) => answer(within(tenantId).DELETE('/v1/organization/invites/{inviteId}', { params: { path: { inviteId: id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['invites', tenantId] }),
  });
  const pending = (invites.data?.data ?? []).filter((invite) => invite.status === 'pending');
  return (
    <Panel
      title="Members"
      right={
        mayChange && (
          <Button
            variant="default"
            leftSection={<Icon name="plus" small />}
            onClick={() => {
              setInviting(true);
            }}
          >
            Invite
          </Button>
        )
      }
    >
      <div className="panel-body-faults">
        <Fault error={setRole.error ?? withdraw.error} />
      </div>
      {users.isError ? (
        <Failure what="Members could not be read." error={users.error} onRetry={() => void users.refetch()} />
      ) : users.data === undefined ? (
        <Loading />
      ) : users.data.data.length === 0 && pending.length === 0 ? (
        <Empty title="Nobody belongs to this tenant yet.">Members see this console cut to their tenant.</Empty>
      ) : (
        <table>
          <caption className="sr">Members and invitations</caption>
          <thead>
            <tr>
              <th scope="col">Person</th>
              <th scope="col" className="wide-only">
                Email
              </th>
              <th scope="col">Role</th>
              <th scope="col" className="wide-only">
                Since
              </th>
              <th scope="col" className="number">
                <span className="sr">Acts</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.data.data.map((user) => (
              <tr key={user.id}>
                <td>
                  {user.name} {user.id === data.user.id && <span className="quiet">(you)</span>}
                </td>
                <td className="secondary wide-only">{user.email}</td>
                <td>
                  {mayChange ? (
                    <Select
                      aria-label={`Role of ${user.name}`}
                      data={ROLES}
                      value={user.role}
                      allowDeselect={false}
                      w={190}
                      onChange={(role) => {
                        if (role !== null) setRole.mutate({ id: user.id, role });
                      }}
                    />
                  ) : (
                    user.role
                  )}
                </td>
                <td className="secondary wide-only">{date(new Date(user.added_at * 1000))}</td>
                <td className="number">
                  {mayChange && (
                    <Button
                      variant="subtle"
                      onClick={() => {
                        setRemoving(user);
                      }}
                    >
                      Remove
                    </Button>
                  )}
                </td>
              </tr>
            ))}
            {pending.map((invite) => (
              <tr key={invite.id}>
                <td>
                  {invite.email} <StatusTag status="waiting">Invited</StatusTag>
                </td>
                <td className="wide-only" />
                <td className="secondary">{invite.role}</td>
                <td className="secondary wide-only">until {date(new Date(invite.expires_at * 1000))}</td>
                <td className="number">
                  <Button
                    variant="subtle"
                    onClick={() => {
                      withdraw.mutate(invite.id);
                    }}
                  >
                    Withdraw
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {inviting && (
        <InviteDialog
          tenantId={tenantId}
          onClose={() => {
            setInviting(false);
          }}
          onInvited={(email, token) => {
            setInviting(false);
            setLink({ email, address: `${window.location.href.split('#')[0] ?? ''}#/invite/${token}` });
            void queries.invalidateQueries({ queryKey: ['invites', tenantId] });
          }}
        />
      )}
      {link && (
        <SecretDialog
          title={`Invitation for ${link.email}`}
          secret={link.address}
          onStored={() => {
            setLink(undefined);
          }}
        >
          Penstock sends no mail: pass this link on. It works once, for a week.
        </SecretDialog>
      )}
      {removing && (
        <ConfirmByName
          verb="Remove"
          what="member"
          name={removing.email}
          onClose={() => {
            setRemoving(undefined);
          }}
          act={async () => {
            await answer(within(tenantId).DELETE('/v1/organization/users/{userId}', { params: { path: { userId: removing.id } } }));
            await queries.invalidateQueries({ queryKey: ['members', tenantId] });
          }}
        >
          <p>{removing.name} sees nothing of this tenant any more. Keys that he or she made go on working.</p>
        </ConfirmByName>
      )}
    </Panel>
  );
}
