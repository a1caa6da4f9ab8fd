import { Button, Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { answer } from '../../lib/api/client';
import { moment } from '../../lib/format';
import { useSession } from '../../lib/session';
import type { Key, NewKey, Shown } from './api';

const OVERLAPS = [
  { value: '0', label: 'Ends at once' },
  { value: '3600', label: 'Works for another hour' },
  { value: '86400', label: 'Works for another day' },
  { value: '604800', label: 'Works for another week' },
];

/** A successor with the same rights; the old key works on for a while. */
export function RotateDialog({ apiKey, onClose, onMade }: { apiKey: Key; onClose: () => void; onMade: (made: Shown) => void }) {
  const { within } = useSession();
  const [overlap, setOverlap] = useState('86400');
  const rotate = useMutation({
    mutationFn: () =>
      answer<NewKey>(
        within(apiKey.tenant_id).POST('/v1/organization/projects/{projectId}/api_keys/{keyId}/rotate', {
          params: { path: { projectId: apiKey.project_id, keyId: apiKey.id } },
          body: { overlap_seconds: Number(overlap) },
        }),
      ),
    onSuccess: (made) => {
      onMade({
        name: made.name,
        secret: made.value,
        note: `The old key ${apiKey.redacted} works until ${moment(new Date(Date.now() + Number(overlap) * 1000))}.`,
      });
    },
  });
  return (
    <Dialog title={`Rotate key ${apiKey.name}`} opened onClose={onClose}>
      <p className="secondary dialog-text">A new key with the same rights takes its place.</p>
      <Select
        data-autofocus
        label={`The old key ${apiKey.redacted}`}
        data={OVERLAPS}
        value={overlap}
        allowDeselect={false}
        onChange={(value) => {
          setOverlap(value ?? '86400');
        }}
      />
      <Fault error={rotate.error} />
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={rotate.isPending}
          onClick={() => {
            rotate.mutate();
          }}
        >
          Rotate
        </Button>
      </div>
    </Dialog>
  );
}
