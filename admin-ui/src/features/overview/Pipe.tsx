import { Meter } from '../../components/LimitBar';
import { percent } from '../../lib/format';
import type { Stage, StageName } from './verdict';

const WIDTH = 766;
const HEIGHT = 118;
const MIDDLE = 53;
const EASE = 22;

/** Half the bore, in pixels, of a room between 0 and 1. */
function bore(room: number): number {
  return 2.5 + 19.5 * Math.max(0, Math.min(1, room));
}

/** Room left at each stage as the bore of a pipe; the narrowest part binds. */
export function Pipe({ stages, binds }: { stages: Stage[]; binds: StageName | null }) {
  const each = WIDTH / stages.length;
  const label = `Room left at each stage: ${stages.map((s) => `${s.name} ${percent(s.room)}`).join(', ')}`;
  const top = edge(stages, each, -1);
  const bottom = edge(stages, each, 1);
  return (
    <>
      <svg className="pipe-drawing" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        <path d={`${top.path}L${WIDTH - 12} ${MIDDLE}${bottom.back}Z`} className="pipe-water" />
        <path d={top.path} className="pipe-wall" />
        <path d={bottom.path} className="pipe-wall" />
        <path d={`M${WIDTH - 11} ${MIDDLE - 5}l7 5-7 5`} className="pipe-wall" />
        {stages.map((stage, i) => {
          const x = i * each + (i === 0 ? 0 : EASE);
          const hot = stage.name === binds;
          const half = bore(stage.room);
          return (
            <g key={stage.name} data-hot={hot || undefined}>
              {hot && (
                <>
                  <rect x={i * each + EASE} y={MIDDLE - half - 1} width={each - 2 * EASE} height={2 * half + 2} rx="2" className="pipe-bind" />
                  <path
                    d={`M${i * each + EASE} ${MIDDLE - 32}v8M${(i + 1) * each - EASE} ${MIDDLE - 32}v8M${i * each + EASE} ${MIDDLE + 24}v8M${(i + 1) * each - EASE} ${MIDDLE + 24}v8`}
                    className="pipe-gate"
                  />
                </>
              )}
              <text x={x} y="14" className="pipe-name">
                {stage.name}
              </text>
              <text x={x} y="97" className="pipe-figure">
                {stage.figure}
              </text>
              <text x={x} y="113" className="pipe-note">
                {hot ? `${stage.note}: binds` : stage.note}
              </text>
            </g>
          );
        })}
      </svg>
      <ul className="pipe-list">
        {stages.map((stage) => (
          <li key={stage.name} data-hot={stage.name === binds || undefined}>
            <span>{stage.name}</span>
            <Meter share={1 - stage.room} hot={stage.name === binds} label={`${stage.name}: ${stage.figure}`} />
            <span className="number">{stage.figure}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** One wall of the pipe from left to right, and the lower one also back from right to left. */
function edge(stages: Stage[], each: number, side: 1 | -1): { path: string; back: string } {
  const y = (i: number) => (MIDDLE + side * bore(stages[i]?.room ?? 1)).toFixed(1);
  let path = `M0 ${y(0)}`;
  stages.forEach((_, i) => {
    const end = (i + 1) * each;
    const last = i === stages.length - 1;
    path += `H${(end - (last ? 12 : EASE)).toFixed(1)}`;
    if (!last) path += `C${end.toFixed(1)} ${y(i)} ${end.toFixed(1)} ${y(i + 1)} ${(end + EASE).toFixed(1)} ${y(i + 1)}`;
  });
  let back = '';
  for (let i = stages.length - 1; i >= 0; i--) {
    const start = i * each;
    if (i === stages.length - 1) back += `L${WIDTH - 12} ${y(i)}`;
    back += `H${(i === 0 ? 0 : start + EASE).toFixed(1)}`;
    if (i > 0) back += `C${start.toFixed(1)} ${y(i)} ${start.toFixed(1)} ${y(i - 1)} ${(start - EASE).toFixed(1)} ${y(i - 1)}`;
  }
  return { path, back };
}
