import type { ReactNode } from 'react';
import { Spark } from './charts/Spark';

export interface TileProps {
  label: string;
  /** Undefined while nothing is known: shown as "-". */
  figure: string | undefined;
  unit?: string;
  context?: ReactNode;
  /** Values of the range, oldest first. */
  spark?: number[];
  hot?: boolean;
}

/** Figures in one panel, hairlines between them. */
export function Tiles({ label, tiles, stale }: { label: string; tiles: TileProps[]; stale?: boolean }) {
  return (
    <dl className="panel tiles" aria-label={label} data-stale={stale || undefined}>
      {tiles.map((tile) => (
        <Tile key={tile.label} {...tile} />
      ))}
    </dl>
  );
}

function Tile({ label, figure, unit, context, spark, hot }: TileProps) {
  return (
    <div className="tile">
      <dt>{label}</dt>
      <dd>
        <div className="tile-figure">
          <b>{figure ?? '-'}</b>
          {figure !== undefined && unit !== undefined && <small>{unit}</small>}
          {spark && spark.length > 1 && <Spark values={spark} hot={hot ?? false} />}
        </div>
        <div className="tile-context">{context}</div>
      </dd>
    </div>
  );
}
