import { Button, NumberInput, Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { answer } from '../../lib/api/client';
import { useProjects } from '../../lib/lists';
import { useSession } from '../../lib/session';
import { KINDS } from './api';

export function NewAlertDialog({ tenantId, onClose }: { tenantId: string; onClose: () => void }) {
  const { within } = useSession();
  const [kind, setKind] = useState('spend_per_month');
  const [project, setProject] = useState('');
  const [percent, setPercent] = useState<number | string>(80);
  const projects = useProjects(tenantId);
  const create = useMutation({
    mutationFn: () => {
      const body = { kind, threshold_percent: Number(percent) };
      return answer(
        project === ''
          ? within(tenantId).POST('/v1/organization/spend_alerts', { body })
          : within(tenantId).POST('/v1/organization/projects/{projectId}/spend_alerts', { params: { path: { projectId: project } }, body }),
      );
    },
    onSuccess: onClose,
  });
  return (
    <Dialog title="New alert" opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Select
          data-autofocus
          label="Watch"
          data={KINDS}
          value={kind}
          allowDeselect={false}
          onChange={(value) => {
            setKind(value ?? kind);
          }}
        />
        <Select
          label="Of"
          data={[{ value: '', label: 'The whole tenant' }, ...(projects.data?.data ?? []).map((p) => ({ value: p.id, label: `Project ${p.name}` }))]}
          value={project}
          allowDeselect={false}
          onChange={(value) => {
            setProject(value ?? '');
          }}
        />
        <NumberInput label="Tell at, in percent of the limit" min={1} max={100} hideControls value={percent} onChange={setPercent} />
        <p className="small quiet">It needs a limit of that kind; at 100 it also tells that a request did not fit any more.</p>
        <Fault error={create.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Make the alert
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
