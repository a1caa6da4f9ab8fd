import { Autocomplete, Button, NumberInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { Meter } from '../../components/LimitBar';
import { Fault } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { answer } from '../../lib/api/client';
import { bytes, count, full } from '../../lib/format';
import { useSession } from '../../lib/session';
import type { Model, Plan } from './api';

type Gpu = NonNullable<NonNullable<Model['figures']>['device']>;

/** The memory plan first, then loading. */
export function LoadDialog({ onDisk, gpu, onClose }: { onDisk: string[]; gpu: Gpu | undefined; onClose: () => void }) {
  const { api } = useSession();
  const [reference, setReference] = useState('');
  const [name, setName] = useState('');
  const [device, setDevice] = useState<number | string>(0);
  const [share, setShare] = useState<number | string>(30);
  const body = {
    reference,
    ...(name === '' ? {} : { name }),
    ...(gpu ? { device: Number(device), gpu_memory_utilization: Number(share) / 100 } : {}),
  };
  const plan = useMutation({ mutationFn: () => answer<Plan>(api.POST('/admin/models/plan', { body })) });
  const load = useMutation({ mutationFn: () => answer(api.POST('/admin/models', { body })), onSuccess: onClose });
  const local = onDisk.includes(reference) || reference.startsWith('/');
  return (
    <Dialog title="Load a model" opened onClose={onClose} wide>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          load.mutate();
        }}
      >
        <Autocomplete
          data-autofocus
          label="Model"
          description="A path on the server, or a Hugging Face id such as Qwen/Qwen3-0.6B, which is fetched"
          data={onDisk}
          value={reference}
          onChange={(value) => {
            setReference(value);
            plan.reset();
            load.reset();
          }}
        />
        <TextInput
          label="Name in the API"
          placeholder="by the model"
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        {gpu && (
          <div className="form-row">
            <NumberInput label="GPU" description="its number" min={0} hideControls value={device} onChange={setDevice} />
            <NumberInput label="Share of its memory, %" description="weights and KV cache" min={1} max={100} hideControls value={share} onChange={setShare} />
          </div>
        )}
        {plan.data && <MemoryPlan plan={plan.data} gpu={gpu} share={Number(share) / 100} />}
        {!local && reference !== '' && <p className="small quiet">What has to be fetched can be planned once it is on the disk.</p>}
        <Fault error={plan.error ?? load.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            variant="default"
            loading={plan.isPending}
            disabled={!local}
            onClick={() => {
              plan.mutate();
            }}
          >
            Plan the memory
          </Button>
          <Button type="submit" loading={load.isPending} disabled={reference === ''}>
            Load
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function MemoryPlan({ plan, gpu, share }: { plan: Plan; gpu: Gpu | undefined; share: number }) {
  if (gpu) return <GpuPlan plan={plan} gpu={gpu} share={share} />;
  const needed = plan.weight_bytes + plan.kv_bytes;
  return (
    <section className="panel" aria-label="Memory plan">
      <div className="panel-head">
        <h3>Memory plan</h3>
        <span className="small quiet">in the host's memory</span>
        <span className="panel-right">
          {plan.fits ? <StatusTag status="ok">Fits</StatusTag> : <StatusTag status="bad">Does not fit</StatusTag>}
        </span>
      </div>
      <dl className="facts">
        <dt>Model</dt>
        <dd>
          {plan.architecture}, {plan.dtype}, {count(plan.parameters)} weights
        </dd>
        <dt>Weights</dt>
        <dd>{bytes(plan.weight_bytes)}</dd>
        <dt>KV cache</dt>
        <dd>
          {bytes(plan.kv_bytes)}: {full(Math.floor(plan.kv_bytes / plan.kv_bytes_per_token))} tokens of {bytes(plan.kv_bytes_per_token)}
        </dd>
        <dt>Context</dt>
        <dd>
          {full(plan.context_tokens)} of the {full(plan.trained_tokens)} tokens that it was made for
        </dd>
        <dt>Together</dt>
        <dd>
          {bytes(needed)} of {bytes(plan.available_bytes)} available
          <Meter share={needed / plan.available_bytes} hot={!plan.fits} label={`${bytes(needed)} of ${bytes(plan.available_bytes)}`} />
        </dd>
      </dl>
    </section>
  );
}

/** The share less the weights is the KV cache; some of it goes to working memory and graphs, which is known when they are made. */
function GpuPlan({ plan, gpu, share }: { plan: Plan; gpu: Gpu; share: number }) {
  const all = gpu.memory_total_bytes * share;
  const kv = Math.max(0, all - plan.weight_bytes);
  const free = gpu.memory_total_bytes - gpu.memory_used_bytes;
  const fits = kv >= plan.kv_bytes_per_token * plan.context_tokens && all <= free;
  return (
    <section className="panel" aria-label="Memory plan">
      <div className="panel-head">
        <h3>Memory plan</h3>
        <span className="small quiet">on the GPU, about</span>
        <span className="panel-right">
          {fits ? <StatusTag status="ok">Fits</StatusTag> : <StatusTag status="bad">Does not fit</StatusTag>}
        </span>
      </div>
      <dl className="facts">
        <dt>Model</dt>
        <dd>
          {plan.architecture}, {plan.dtype}, {count(plan.parameters)} weights
        </dd>
        <dt>Its share</dt>
        <dd>
          {bytes(all)}; {bytes(free)} of {bytes(gpu.memory_total_bytes)} are free now
          <Meter share={all / free} hot={all > free} label={`${bytes(all)} of ${bytes(free)} free`} />
        </dd>
        <dt>Weights</dt>
        <dd>{bytes(plan.weight_bytes)}</dd>
        <dt>KV cache</dt>
        <dd>
          at most {bytes(kv)}: {full(Math.floor(kv / plan.kv_bytes_per_token))} tokens of {bytes(plan.kv_bytes_per_token)}; one whole context is{' '}
          {full(plan.context_tokens)}
        </dd>
      </dl>
    </section>
  );
}
