import type { ChartSeries } from './UPlotChart';

/** Values of a theme's tokens, read once: a canvas knows no CSS variables. */
export function tokens(element: Element): (name: string) => string {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(`--ps-${name}`).trim();
}

/** Each band's upper edge, the topmost first, so that lower bands are drawn over it. */
export function accumulated(series: ChartSeries[]): (number | null)[][] {
  const edges: (number | null)[][] = [];
  let below: (number | null)[] = (series[0]?.values ?? []).map(() => 0);
  for (const band of series) {
    below = band.values.map((value, i) => (value === null ? null : value + (below[i] ?? 0)));
    edges.push(below);
  }
  return edges.reverse();
}

/** Hatching of "all others": told apart by texture, not by hue. */
export function patternOf(context: CanvasRenderingContext2D, ink: string, paper: string): CanvasPattern | string {
  const size = 8;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const draw = tile.getContext('2d');
  if (draw === null) return ink;
  draw.fillStyle = paper;
  draw.fillRect(0, 0, size, size);
  draw.strokeStyle = ink;
  draw.lineWidth = 2.5;
  draw.beginPath();
  for (const offset of [-size, 0, size]) {
    draw.moveTo(offset, size);
    draw.lineTo(offset + size, 0);
  }
  draw.stroke();
  return context.createPattern(tile, 'repeat') ?? ink;
}
