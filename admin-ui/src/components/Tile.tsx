interface Props {
  label: string;
  /** Undefined while nothing is known: shown as "-". */
  figure: string | undefined;
  unit?: string;
  context: string;
}

/** One figure with its unit and a line of context; stands in a <dl className="tiles">. */
export function Tile({ label, figure, unit, context }: Props) {
  return (
    <div className="tile">
      <dt>{label}</dt>
      <dd>
        <div className="tile-figure">
          {figure ?? '-'}
          {figure !== undefined && unit !== undefined && <small>{unit}</small>}
        </div>
        <div className="small quiet">{context}</div>
      </dd>
    </div>
  );
}
