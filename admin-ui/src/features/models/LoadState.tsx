import { useState } from 'react';
import { Meter } from '../../components/LimitBar';
import { StatusTag } from '../../components/StatusTag';
import { bytes, duration, percent } from '../../lib/format';
import type { Model } from './api';

const PARTS = ['Download', 'Weights', 'Graphs'] as const;

/** Healthy, failed and why, or how far loading is: download, weights, graphs. */
export function LoadState({ model }: { model: Model }) {
  if (model.state === 'loading') return <Loading model={model} />;
  if (model.state === 'failed' || model.detail !== '') {
    return (
      <span title={model.detail}>
        <StatusTag status="bad">Failed</StatusTag> <span className="small secondary wrap">{model.detail.slice(0, 80)}</span>
      </span>
    );
  }
  return <StatusTag status="ok">Healthy</StatusTag>;
}

function Loading({ model: { progress, detail } }: { model: Model }) {
  const part = progress === null ? -1 : partOf(progress.stage);
  const share = progress !== null && progress.total > 0 ? progress.done / progress.total : 0;
  const left = useTimeLeft(progress?.stage ?? '', share);
  const inBytes = progress !== null && part < 2 && progress.total > 1_000_000;
  return (
    <span className="loading-state">
      <StatusTag status="info">Loading</StatusTag>
      <span className="load-parts">
        {PARTS.map((name, i) => {
          const done = i < part ? 1 : i === part ? share : 0;
          return (
            <span key={name} data-now={i === part || undefined}>
              <Meter share={done} label={`${name}: ${percent(done)}`} />
              <span className="small">{name}</span>
            </span>
          );
        })}
      </span>
      <span className="small secondary load-words">
        {progress === null ? detail : inBytes ? `${bytes(progress.done)} of ${bytes(progress.total)}` : `${progress.stage} ${percent(share)}`}
        {left === null ? '' : `, about ${left} left`}
      </span>
    </span>
  );
}

/** Names of files are those that are fetched. */
export function partOf(stage: string): number {
  if (stage === 'weights') return 1;
  if (stage === 'tuning' || stage === 'graphs' || stage === 'warm-up') return 2;
  return 0;
}

const LEAST_MS = 2000;

interface Begun {
  stage: string;
  share: number;
  at: number;
}

/** By the pace since this page saw the stage first; null while that says little. */
function useTimeLeft(stage: string, share: number): string | null {
  const [begun, setBegun] = useState(() => beginning(stage, share));
  if (begun.stage !== stage) setBegun(beginning(stage, share));
  return leftAfter(begun, share);
}

function beginning(stage: string, share: number): Begun {
  return { stage, share, at: performance.now() };
}

function leftAfter(begun: Begun, share: number): string | null {
  const elapsed = performance.now() - begun.at;
  if (elapsed < LEAST_MS || share <= begun.share || share >= 1) return null;
  const seconds = ((1 - share) / (share - begun.share)) * (elapsed / 1000);
  return duration(Math.max(1, Math.round(seconds)) * 1000);
}
