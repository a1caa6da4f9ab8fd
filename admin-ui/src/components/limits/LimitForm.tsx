import { Button, Checkbox, NumberInput, Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Fault } from '../states';
import { EffectHint, type EffectPlace } from './EffectHint';
import { KINDS, kindOf, mayBePartial, wireValue } from './limits';

/** What the form is about to set. */
export interface LimitChange {
  kind: string;
  /** In the kind's unit; money in micro-units. */
  value: number;
  partial: boolean;
}

interface Props {
  /** Kinds that can be set here. */
  kinds: string[];
  /** Above the fields, such as for whom. */
  head?: ReactNode;
  /** Beside the fields, such as of which model. */
  fields?: ReactNode;
  /** Whether all that `head` and `fields` ask for was given. */
  ready?: boolean;
  /** What counts for the limit; nothing when it is several tenants'. */
  effect?: EffectPlace | undefined;
  note: (kind: string) => string;
  onSet: (change: LimitChange) => Promise<unknown>;
  onClose: () => void;
}

/** Kind and value of a limit, what it would have meant, and the button that sets it. */
export function LimitForm({ kinds, head, fields, ready = true, effect, note, onSet, onClose }: Props) {
  const [kind, setKind] = useState('tokens_per_minute');
  const [value, setValue] = useState<number | string>('');
  const [partial, setPartial] = useState(false);
  const cuts = mayBePartial(kind);
  const set = useMutation({
    mutationFn: () => onSet({ kind, value: wireValue(kind, value), partial: cuts && partial }),
    onSuccess: () => {
      setValue('');
    },
  });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate();
      }}
    >
      {head}
      <div className="form-row">
        <Select
          label="Limit"
          data={KINDS.filter((k) => kinds.includes(k.kind)).map((k) => ({ value: k.kind, label: k.label }))}
          value={kind}
          allowDeselect={false}
          onChange={(next) => {
            setKind(next ?? kind);
          }}
        />
        {fields}
        <NumberInput
          label={`At most, in ${kindOf(kind).unit}`}
          min={0}
          decimalScale={kindOf(kind).money ? 6 : 0}
          thousandSeparator=","
          hideControls
          value={value}
          onChange={setValue}
        />
      </div>
      {cuts && (
        <Checkbox
          label="Let an answer begin with what is left, and end where it is used up"
          checked={partial}
          onChange={(event) => {
            setPartial(event.currentTarget.checked);
          }}
        />
      )}
      {effect && value !== '' && <EffectHint place={effect} kind={kind} value={wireValue(kind, value)} />}
      <p className="small quiet">{note(kind)}</p>
      <Fault error={set.error} />
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button type="submit" loading={set.isPending} disabled={value === '' || !ready}>
          Set the limit
        </Button>
      </div>
    </form>
  );
}
