import { Button, NumberInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Fault } from '../../components/states';
import { answer } from '../../lib/api/client';
import { useSession } from '../../lib/session';
import type { Price } from './api';

const MICROS = 1e6;

/** A new version; requests keep the price of their admission. */
export function PriceDialog({ model, price, onClose }: { model: string; price: Price | undefined; onClose: () => void }) {
  const { api } = useSession();
  const [prompt, setPrompt] = useState<number | string>((price?.prompt ?? 0) / MICROS);
  const [cached, setCached] = useState<number | string>((price?.cached ?? 0) / MICROS);
  const [completion, setCompletion] = useState<number | string>((price?.completion ?? 0) / MICROS);
  const set = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/admin/prices', {
          body: {
            model,
            valid_from: new Date().toISOString(),
            prompt: Math.round(Number(prompt) * MICROS),
            cached: Math.round(Number(cached) * MICROS),
            completion: Math.round(Number(completion) * MICROS),
            ...(price && price.compute_second > 0
              ? { compute_second: price.compute_second, max_compute_us_per_token: price.max_compute_us_per_token }
              : {}),
          },
        }),
      ),
    onSuccess: onClose,
  });
  const field = (label: string, value: number | string, onChange: (value: number | string) => void) => (
    <NumberInput label={label} min={0} decimalScale={6} hideControls value={value} onChange={onChange} />
  );
  return (
    <Dialog title={`Price of ${model}`} opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate();
        }}
      >
        <p className="secondary">In $ for 1,000,000 tokens, from now on. Requests that run keep the old one.</p>
        <div className="form-row">
          {field('Prompt', prompt, setPrompt)}
          {field('From cache', cached, setCached)}
          {field('Output', completion, setCompletion)}
        </div>
        <Fault error={set.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={set.isPending}>
            Set the price
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
