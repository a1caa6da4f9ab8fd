import { useCallback, useRef, useState } from 'react';
import type { Data, Present, Schemas } from '../../lib/api/types';
import type { Credentials } from '../../lib/api/client';
import { useEventStream } from '../../lib/useEventStream';

export type Tier = Data<
  'LiveSampleTier',
  'first_p50_millis' | 'first_p99_millis' | 'first_most_millis' | 'first_target_millis' | 'between_p50_millis' | 'between_p99_millis' | 'between_target_millis'
>;
export type Tenant = Data<'LiveSampleTenant', 'longest_wait_millis' | 'waits_for'>;
export type Figures = Omit<Present<Schemas['EngineFigures']>, 'device' | 'waits_for'> & { device: Present<Schemas['EngineFiguresDevice']> | null; waits_for: string | null };
export interface Model {
  id: string;
  state: string;
  detail: string;
  busy: number | null;
  cache_hit_ratio: number | null;
  preemptions5_min: number | null;
  figures: Figures | null;
}
export type Sample = Omit<Data<'LiveSample', 'charged_today_micros' | 'longest_wait_millis'>, 'models' | 'tiers' | 'tenants'> & {
  models: Model[];
  tiers: Tier[];
  tenants: Tenant[];
};

/** Five seconds of the past; names as the event has them. */
export interface Point {
  at: string;
  output_tokens_per_second: number;
  requests_per_second: number;
  running: number;
  waiting: number;
  failed: number;
  refused: number;
  busy: number;
  tiers: { tier: string; first_p99_millis: number | null }[];
  tenants: { id: string; name: string; share: number; tokens_per_second: number }[];
}

export interface Live {
  sample: Sample | undefined;
  points: Point[];
  connected: boolean;
}

const KEPT = 360;

/** Figures of each second, and points of each five for the charts: one connection. */
export function useLive(credentials: Credentials): Live {
  const [sample, setSample] = useState<Sample>();
  const [points, setPoints] = useState<Point[]>([]);
  const stepMs = useRef(5000);
  const last = useRef(0);
  const onEvent = useCallback((event: string, data: unknown) => {
    if (event === 'history') {
      const history = data as { step_seconds: number; points: Point[] };
      stepMs.current = history.step_seconds * 1000;
      last.current = Date.parse(history.points[history.points.length - 1]?.at ?? '') || 0;
      setPoints(history.points);
      return;
    }
    const now = data as Sample;
    setSample(now);
    const at = Date.parse(now.at);
    if (at - last.current >= stepMs.current - 200) {
      last.current = at;
      setPoints((old) => [...old.slice(1 - KEPT), pointOf(now)]);
    }
  }, []);
  const connected = useEventStream('/admin/live', credentials, onEvent);
  return { sample, points, connected };
}

function pointOf(sample: Sample): Point {
  return {
    at: sample.at,
    output_tokens_per_second: sample.output_tokens_per_second,
    requests_per_second: sample.requests_per_second,
    running: sample.running,
    waiting: sample.waiting,
    failed: 0,
    refused: 0,
    busy: sample.tenants.reduce((sum, t) => sum + t.share, 0),
    tiers: sample.tiers,
    tenants: sample.tenants.slice(0, 12),
  };
}
