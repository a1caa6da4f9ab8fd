import { expect, test } from 'vitest';
import { decodeOverview } from './overview';
import { reasonsOf } from './readiness';
import { totalsOf } from './totals';

const loaded = {
  id: 'SmolLM2-135M-Instruct',
  state: 'ready',
  detail: '',
  description: { architecture: 'LlamaForCausalLM', dtype: 'Q4_1', parameters: 134_515_008, weight_bytes: 96_567_000, backend: 'cpu' },
  max_model_len: 8192,
  loaded_at: '2026-11-24T03:00:00Z',
  load: { running: 3, waiting: 1, kv_blocks_total: 400, kv_blocks_free: 300 },
};
const loading = { id: 'b', state: 'loading', detail: 'weights 45 %', description: null, max_model_len: null, loaded_at: null, load: null };
const overview = { status: 'ok', reasons: [], started_at: '2026-11-24T03:00:00Z', java_version: '25', models: [loaded, loading] };

test('a model that is still loading has no description yet', () => {
  const { models } = decodeOverview(overview);

  expect(models[0]).toMatchObject({ state: 'ready', description: { dtype: 'Q4_1' }, maxModelLen: 8192 });
  expect(models[1]).toEqual({
    id: 'b',
    state: 'loading',
    detail: 'weights 45 %',
    description: undefined,
    maxModelLen: undefined,
    load: undefined,
  });
});

test('totals add up over models', () => {
  const load = { running: 3, waiting: 1, kvBlocksTotal: 400, kvBlocksFree: 300 };

  expect(totalsOf([load, load])).toEqual({ running: 6, waiting: 2, kvInUse: 0.25 });
  expect(totalsOf([]).kvInUse).toBe(0);
});

test('a missing field is an error that names it', () => {
  expect(() => decodeOverview({ ...overview, models: [{ ...loaded, id: undefined }] })).toThrow('id');
  expect(() => decodeOverview([])).toThrow('an object');
});

test('reasons are taken only where they are text', () => {
  expect(reasonsOf({ reasons: ['loading weights', 7] })).toEqual(['loading weights']);
  expect(reasonsOf({ reasons: 7 })).toEqual([]);
  expect(reasonsOf(null)).toEqual([]);
});
