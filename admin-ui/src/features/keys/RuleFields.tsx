import { Checkbox, MultiSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useModelNames } from '../../lib/lists';
import { SCOPES } from './api';
import type { ModelMode, Rules } from './rules';

const MODES: { value: ModelMode; label: string }[] = [
  { value: 'all', label: 'All models' },
  { value: 'only', label: 'Only these' },
  { value: 'but', label: 'All but these' },
];

/** Scopes, models and networks of a key that is made or changed. */
export function RuleFields({ value, onChange }: { value: Rules; onChange: (value: Rules) => void }) {
  const names = useModelNames();
  const known = names.data ?? [];
  const set = (change: Partial<Rules>) => {
    onChange({ ...value, ...change });
  };
  return (
    <>
      <Checkbox.Group
        label="It may"
        value={value.scopes}
        onChange={(scopes) => {
          set({ scopes });
        }}
      >
        <div className="row choices">
          {SCOPES.map((s) => (
            <Checkbox key={s.value} value={s.value} label={s.label} />
          ))}
        </div>
      </Checkbox.Group>
      <SegmentedControl
        aria-label="Models it may call"
        data={MODES}
        value={value.mode}
        onChange={(mode) => {
          set({ mode });
        }}
      />
      {value.mode !== 'all' && (
        <MultiSelect
          label={value.mode === 'only' ? 'Allowed models' : 'Denied models'}
          description="Also aliases; by the name that requests give"
          data={[...new Set([...known, ...value.models])]}
          value={value.models}
          searchable
          placeholder={value.models.length === 0 ? 'Choose at least one' : ''}
          onChange={(models) => {
            set({ models });
          }}
        />
      )}
      <TextInput
        label="Networks"
        description="Addresses it may be used from, with commas between"
        placeholder="any, or 10.0.0.0/8"
        value={value.cidrs}
        onChange={(event) => {
          set({ cidrs: event.currentTarget.value });
        }}
      />
    </>
  );
}
