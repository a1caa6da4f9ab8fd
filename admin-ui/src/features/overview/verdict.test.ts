import { expect, test } from 'vitest';
import type { Model, Sample } from './live';
import { stagesOf, verdictOf } from './verdict';

const model: Model = {
  id: 'm',
  state: 'ready',
  detail: '',
  busy: 0.4,
  cache_hit_ratio: null,
  preemptions5_min: 0,
  figures: {
    running: 10, waiting: 0, max_running: 32, kv_blocks_total: 100, kv_blocks_free: 60, kv_block_tokens: 16, kv_block_bytes: 1024,
    generation_tokens: 0, prompt_tokens: 0, prefix_queried_tokens: 0, prefix_cached_tokens: 0, preemptions: 0, step_seconds: 0, tiers: [], waits_for: null, device: null,
  },
};

function sample(change: Partial<Sample>, figures: Partial<NonNullable<Model['figures']>> = {}, ofModel: Partial<Model> = {}): Sample {
  return {
    at: '2026-11-24T14:32:07Z', output_tokens_per_second: 0, prompt_tokens_per_second: 0, requests_per_second: 0, running: 10, waiting: 0,
    max_queued: 256, longest_wait_millis: null, ended5_min: 100, failed5_min: 0, refused5_min: 0, charged_today_micros: 0, tiers: [], tenants: [],
    models: [{ ...model, ...ofModel, figures: model.figures && { ...model.figures, ...figures } }],
    ...change,
  };
}

const say = (s: Sample) => verdictOf(s, stagesOf(s));

test('nothing holds back while there is room', () => {
  expect(say(sample({}))).toMatchObject({ sentence: 'Nothing holds us back.', binds: null, status: 'ok' });
});

test('a fault goes before everything', () => {
  const s = sample({ refused5_min: 50 }, { waiting: 9, kv_blocks_free: 0 }, { detail: 'the GPU does not answer' });
  expect(say(s)).toMatchObject({ sentence: 'm takes no requests.', status: 'bad', explanation: 'the GPU does not answer' });
});

test('the stage that requests wait for binds: KV memory, batch, queue', () => {
  expect(say(sample({ waiting: 15 }, { waiting: 15, kv_blocks_free: 2 })).binds).toBe('KV memory');
  expect(say(sample({ waiting: 22 }, { waiting: 22, running: 32 })).binds).toBe('Batch');
  expect(say(sample({ waiting: 256 }, { waiting: 256, running: 20 })).binds).toBe('Queue');
});

test('limits bind when many are refused while the machine has room', () => {
  const s = sample({ refused5_min: 40 });
  expect(say(s)).toMatchObject({ binds: 'Limits', sentence: 'Limits hold tenants back, not the machine.' });
  expect(stagesOf(s)[0]).toMatchObject({ note: '40 of 140 in 5 min' });
});

test('computing binds when it is busy and nobody waits for anything else', () => {
  expect(say(sample({}, {}, { busy: 0.97 })).binds).toBe('Computing');
});

test('models that load are said', () => {
  const s = sample({ models: [{ ...model, state: 'loading', detail: 'weights 45 %', figures: null }] });
  expect(say(s)).toMatchObject({ sentence: 'Models are being loaded.', explanation: 'm: weights 45 %' });
});
