import { duration, full, percent } from '../../lib/format';
import type { Figures, Model, Sample } from './live';

export type StageName = 'Limits' | 'Queue' | 'Batch' | 'KV memory' | 'Computing';

export interface Stage {
  name: StageName;
  /** Of all that it could take, how much is left: 0 to 1. */
  room: number;
  /** The figure in words. */
  figure: string;
  /** What it means. */
  note: string;
  /** Requests that wait for it, as far as that is known. */
  waits: number;
}

export interface Verdict {
  status: 'ok' | 'warn' | 'bad';
  sentence: string;
  explanation: string;
  /** The stage that binds. */
  binds: StageName | null;
  links: { label: string; to: string; search?: Record<string, string> }[];
}

const TIGHT = 0.1;

/** Room left at each stage, in the order in which a request meets them. */
export function stagesOf(sample: Sample): Stage[] {
  const loaded = sample.models.flatMap((m) => (m.figures ? [{ ...m, figures: m.figures }] : []));
  const asked = sample.ended5_min + sample.refused5_min;
  const refusedShare = asked === 0 ? 0 : sample.refused5_min / asked;
  const queued = loaded.reduce((sum, m) => sum + m.figures.waiting, 0);
  const places = sample.max_queued * Math.max(1, loaded.length);
  // The tightest model stands for all: its requests are those that wait.
  const batch = tightest(loaded, (f) => (f.max_running === 0 ? 1 : 1 - f.running / f.max_running));
  const kv = tightest(loaded, (f) => (f.kv_blocks_total === 0 ? 1 : f.kv_blocks_free / f.kv_blocks_total));
  const busiest = loaded.reduce((most, m) => Math.max(most, m.busy ?? 0), 0);
  return [
    {
      name: 'Limits',
      room: 1 - refusedShare,
      figure: `${percent(refusedShare)} refused`,
      note: `${full(sample.refused5_min)} of ${full(asked)} in 5 min`,
      waits: 0,
    },
    {
      name: 'Queue',
      room: 1 - queued / places,
      figure: `${full(queued)} waiting`,
      note: `room for ${full(Math.max(0, places - queued))} more`,
      waits: queued >= places ? queued : 0,
    },
    {
      name: 'Batch',
      room: batch?.room ?? 1,
      figure: batch && batch.figures.max_running > 0 ? `${full(batch.figures.running)} of ${full(batch.figures.max_running)} running` : 'not known',
      note: `${percent(batch?.room ?? 1)} room`,
      waits: batch && batch.room <= 0 ? batch.figures.waiting : 0,
    },
    {
      name: 'KV memory',
      room: kv?.room ?? 1,
      figure: kv ? `${percent(1 - kv.room)} in use` : 'not known',
      note: kv ? `${percent(kv.room)} room` : '',
      waits: kv && kv.room < 0.05 ? kv.figures.waiting : 0,
    },
    { name: 'Computing', room: 1 - busiest, figure: `${percent(busiest)} busy`, note: `${percent(1 - busiest)} room`, waits: 0 },
  ];
}

type Loaded = Model & { figures: Figures };

function tightest(models: Loaded[], room: (figures: Figures) => number): (Loaded & { room: number }) | undefined {
  return models.map((m) => ({ ...m, room: Math.max(0, room(m.figures)) })).sort((a, b) => a.room - b.room)[0];
}

/** What holds us back now, in words. A fault goes first, then the stage that most wait for, then the least room. */
export function verdictOf(sample: Sample, stages: Stage[]): Verdict {
  const failed = sample.models.find((m) => m.state === 'failed' || (m.state === 'ready' && m.detail !== ''));
  if (failed) {
    return {
      status: 'bad',
      sentence: `${failed.id} takes no requests.`,
      explanation: failed.detail,
      binds: null,
      links: [{ label: 'See the models', to: '/models' }],
    };
  }
  if (sample.models.every((m) => m.state !== 'ready')) {
    return {
      status: 'warn',
      sentence: sample.models.length === 0 ? 'No model is loaded.' : 'Models are being loaded.',
      explanation: sample.models.map((m) => `${m.id}: ${m.detail}`).join('; '),
      binds: null,
      links: [{ label: 'See the models', to: '/models' }],
    };
  }
  const stage = (name: StageName) => stages.find((s) => s.name === name) ?? stages[0];
  const limits = stage('Limits');
  const computing = stage('Computing');
  const waited = [...stages].sort((a, b) => b.waits - a.waits)[0];
  if (waited && waited.waits > 0) return waiting(waited, sample, computing);
  if (limits && limits.room < 0.99 && sample.refused5_min > 0 && (computing?.room ?? 0) > 0.3) {
    const who = sample.tenants.filter((t) => t.refused5_min > 0).length;
    return {
      status: 'warn',
      sentence: 'Limits hold tenants back, not the machine.',
      explanation: `${who} ${who === 1 ? 'tenant was' : 'tenants were'} refused ${full(sample.refused5_min)} requests in 5 min while it was ${percent(1 - (computing?.room ?? 0))} busy.`,
      binds: 'Limits',
      links: [{ label: 'See refusals', to: '/requests', search: { tab: 'refused' } }],
    };
  }
  if (computing && computing.room < TIGHT) {
    const slow = sample.tiers.find((t) => t.first_target_millis !== null && t.first_p99_millis !== null && t.first_p99_millis > t.first_target_millis);
    return {
      status: 'warn',
      sentence: 'Computing holds us back.',
      explanation: slow
        ? `It is ${computing.figure}; p99 first token of ${slow.tier} is ${duration(slow.first_p99_millis ?? 0)} against ${duration(slow.first_target_millis ?? 0)}.`
        : `It is ${computing.figure}, and ${sample.waiting === 0 ? 'no one waits' : waits(sample.waiting)}.`,
      binds: 'Computing',
      links: [{ label: 'Who uses it', to: '/usage', search: { range: '24h' } }],
    };
  }
  const least = [...stages].sort((a, b) => a.room - b.room)[0];
  return {
    status: 'ok',
    sentence: 'Nothing holds us back.',
    explanation:
      least === undefined || least.room > 0.995
        ? 'No one waits and there is room at every stage.'
        : `The tightest stage is ${least.name === 'KV memory' ? 'KV memory' : least.name.toLowerCase()} with ${percent(least.room)} room; ${sample.waiting === 0 ? 'no one waits' : waits(sample.waiting)}.`,
    binds: null,
    links: [{ label: 'See what runs', to: '/requests', search: { tab: 'live' } }],
  };
}

function waiting(stage: Stage, sample: Sample, computing: Stage | undefined): Verdict {
  const link = { label: 'See who waits', to: '/requests', search: { tab: 'live' } };
  switch (stage.name) {
    case 'Queue':
      return {
        status: 'bad',
        sentence: 'The queue is full.',
        explanation: `${full(stage.waits)} places are taken; new requests of the lowest tier get 503.`,
        binds: 'Queue',
        links: [link],
      };
    case 'Batch':
      return {
        status: 'warn',
        sentence: 'The batch limit holds us back.',
        explanation: `${stage.figure} while computing has ${percent(computing?.room ?? 0)} room; ${full(stage.waits)} requests wait.`,
        binds: 'Batch',
        links: [link],
      };
    default: {
      const paused = sample.models.reduce((sum, m) => sum + (m.preemptions5_min ?? 0), 0);
      return {
        status: 'warn',
        sentence: `KV memory holds us back.`,
        explanation: `${full(stage.waits)} requests wait for room in it${paused > 0 ? ` and ${full(paused)} were paused in 5 min` : ''}. It has ${stage.note}.`,
        binds: 'KV memory',
        links: [link],
      };
    }
  }
}

function waits(requests: number): string {
  return requests === 1 ? '1 waits for its first token' : `${full(requests)} wait for their first token`;
}
