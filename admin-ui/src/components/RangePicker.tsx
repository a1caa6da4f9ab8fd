import { ActionIcon, Select, TextInput } from '@mantine/core';
import { isoDay, type Range, RANGES, shifted } from '../lib/ranges';
import { Icon } from './Icon';

export interface RangeChoice {
  range: string;
  from: string;
  to: string;
}

interface Props {
  value: RangeChoice;
  /** What the value means. */
  shown: Range;
  onChange: (choice: RangeChoice) => void;
  /** Ranges before those of the ledger. */
  live?: { value: string; label: string }[];
}

/** A range by name or by days of UTC; the arrows, and the keys [ and ], step by its length. */
export function RangePicker({ value, shown, onChange, live = [] }: Props) {
  const isLive = live.some((range) => range.value === value.range);
  const step = (by: -1 | 1) => {
    const days = shifted(shown, by, new Date());
    if (days !== null) onChange({ range: 'custom', ...days });
  };
  const later = shifted(shown, 1, new Date());
  return (
    <div className="row range-picker">
      {!isLive && (
        <ActionIcon
          variant="default"
          aria-label="Earlier range"
          data-key="["
          onClick={() => {
            step(-1);
          }}
        >
          <Icon name="left" small />
        </ActionIcon>
      )}
      <Select
        aria-label="Time range"
        data={[...live, ...RANGES]}
        value={value.range}
        allowDeselect={false}
        onChange={(range) => {
          if (range === null) return;
          onChange(range === 'custom' ? { range, from: isoDay(shown.start), to: isoDay(shown.end - 1) } : { range, from: '', to: '' });
        }}
      />
      {!isLive && (
        <ActionIcon
          variant="default"
          aria-label="Later range"
          data-key="]"
          disabled={later === null}
          onClick={() => {
            step(1);
          }}
        >
          <Icon name="right" small />
        </ActionIcon>
      )}
      {value.range === 'custom' && (
        <>
          <TextInput
            type="date"
            aria-label="First day, UTC"
            value={value.from}
            max={value.to}
            onChange={(event) => {
              onChange({ ...value, from: event.currentTarget.value });
            }}
          />
          <span className="secondary">to</span>
          <TextInput
            type="date"
            aria-label="Last day, UTC"
            value={value.to}
            min={value.from}
            onChange={(event) => {
              onChange({ ...value, to: event.currentTarget.value });
            }}
          />
        </>
      )}
    </div>
  );
}
