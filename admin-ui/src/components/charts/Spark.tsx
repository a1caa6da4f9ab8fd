const WIDTH = 64;
const HEIGHT = 22;

/** A line of the range, its last point marked; the figure beside says what it shows. */
export function Spark({ values, hot }: { values: number[]; hot: boolean }) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const x = (i: number) => 1 + (i / (values.length - 1)) * (WIDTH - 4);
  const y = (value: number) => HEIGHT - 3 - ((value - least) / (most - least || 1)) * (HEIGHT - 6);
  const path = values.map((value, i) => `${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join('L');
  const last = values.length - 1;
  return (
    <svg className="spark" data-hot={hot || undefined} width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={`M${path}`} />
      <circle cx={x(last)} cy={y(values[last] ?? 0)} r="2" />
    </svg>
  );
}
