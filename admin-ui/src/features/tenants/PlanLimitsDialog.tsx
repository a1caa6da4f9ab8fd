import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { LimitEditor, type Place } from '../../components/limits/LimitEditor';

/** Defaults for each tenant, project or key of the tenants on a plan. */
export function PlanLimitsDialog({ plan, onClose }: { plan: string; onClose: () => void }) {
  const [scope, setScope] = useState<Place['scope']>('plan');
  return (
    <Dialog title={`Limits of plan ${plan}`} opened onClose={onClose} wide>
      <div className="stack">
        <SegmentedControl
          aria-label="For each"
          data={[
            { value: 'plan', label: 'For each tenant' },
            { value: 'plan_project', label: 'For each project' },
            { value: 'plan_key', label: 'For each key' },
          ]}
          value={scope}
          onChange={(value) => {
            setScope(value);
          }}
        />
        <LimitEditor key={scope} place={{ scope, id: plan, name: plan }} onClose={onClose} />
      </div>
    </Dialog>
  );
}
