import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { accumulated, patternOf, tokens } from './drawing';

export interface ChartSeries {
  name: string;
  /** Name of a token, such as `cat-1`; `rest` is hatched. */
  colour: string;
  values: (number | null)[];
}

export interface TimeChartProps {
  /** What it shows, with its last values: for those who cannot see it. */
  label: string;
  /** Seconds since 1970, or with `plain` any rising numbers. */
  times: number[];
  plain?: boolean;
  /** Those numbers count something: the axis names no halves. */
  whole?: boolean;
  series: ChartSeries[];
  kind: 'lines' | 'stack' | 'bars';
  height: number;
  /** Text of a value on the axis. */
  format: (value: number) => string;
  /** Logarithmic from here on. */
  log?: boolean;
  /** A dashed line with a word. */
  mark?: { at: number; word: string } | undefined;
  /** The y axis reaches at least to here. */
  least?: number;
  /** Told of the times between which somebody drags over the chart. */
  onZoom?: (from: number, to: number) => void;
}

/** Time on uPlot, in the colours of the theme; drawn anew at its own width. */
export default function UPlotChart({ label, times, series, kind, height, format, log, mark, least, plain, whole, onZoom }: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme('light');
  const names = series.map((s) => `${s.name}:${s.colour}`).join('|');
  const stacked = kind !== 'lines';
  const data = useMemo(
    () => [times, ...(stacked ? accumulated(series) : series.map((s) => s.values))] as uPlot.AlignedData,
    [times, series, stacked],
  );
  const latest = useRef(data);
  const zoom = useRef(onZoom);
  useEffect(() => {
    latest.current = data;
    zoom.current = onZoom;
  });
  const zooms = onZoom !== undefined;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const ink = tokens(element);
    const order = stacked ? [...series].reverse() : series;
    const options: uPlot.Options = {
      width: Math.max(80, element.clientWidth),
      height,
      padding: [8, 10, 0, 0],
      legend: { show: false },
      cursor: { points: { show: false }, drag: { x: zooms, y: false, setScale: false } },
      scales: {
        x: { time: !plain, ...(kind === 'bars' && times.length > 0 ? { range: barRange(times) } : {}) },
        y: log
          ? { distr: LOG, range: (_, min, max) => [Math.min(min, 10), Math.max(max, 100) * 1.2] }
          : { range: (_, __, max) => [0, Math.max(least ?? 0, Number.isFinite(max) ? max * 1.08 : 1) || 1] },
      },
      axes: [
        { stroke: ink('text-3'), font: FONT, grid: { show: false }, ticks: { show: false }, size: 24, space: 90, ...(whole ? { incrs: WHOLE } : {}), ...(plain ? {} : { values: kind === 'bars' && step(times) >= 86_400 ? days : clocks }) },
        {
          stroke: ink('text-3'),
          font: FONT,
          grid: { stroke: ink('grid'), width: 1, ...(log ? { filter: powersOf } : {}) },
          ticks: { show: false },
          size: (_: uPlot, labels: string[] | null) => Math.max(52, ...(labels ?? []).map((text) => 6.4 * text.length + 14)),
          space: height < LOW ? 22 : 34,
          ...(log ? { filter: powersOf } : {}),
          values: (_, ticks) => ticks.map((v: number | null) => (v === null ? '' : format(v))),
        },
      ],
      series: [
        {},
        ...order.map((s): uPlot.Series => {
          if (kind === 'lines') return { stroke: ink(s.colour), width: 1.5, points: { show: false } };
          return {
            stroke: ink('surface'),
            width: 1,
            fill: (u) => (s.colour === 'rest' ? patternOf(u.ctx, ink('cat-rest'), ink('surface')) : ink(s.colour)),
            points: { show: false },
            ...(kind === 'bars' && BARS ? { paths: BARS } : {}),
          };
        }),
      ],
      hooks: {
        setSelect: [
          (u) => {
            if (u.select.width < LEAST_DRAG) return;
            zoom.current?.(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'));
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
        draw: [
          (u) => {
            if (mark === undefined) return;
            const y = u.valToPos(mark.at, 'y', true);
            u.ctx.save();
            u.ctx.strokeStyle = u.ctx.fillStyle = ink('text-3');
            u.ctx.setLineDash([4, 4]);
            u.ctx.beginPath();
            u.ctx.moveTo(u.bbox.left, y);
            u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
            u.ctx.stroke();
            u.ctx.font = `${11 * devicePixelRatio}px ${ink('font')}`;
            u.ctx.textAlign = 'right';
            u.ctx.fillText(mark.word, u.bbox.left + u.bbox.width, y - 5);
            u.ctx.restore();
          },
        ],
      },
    };
    const plot = new uPlot(options, latest.current, element);
    chart.current = plot;
    const resize = new ResizeObserver(() => {
      plot.setSize({ width: Math.max(80, element.clientWidth), height });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
      chart.current = null;
    };
    // The chart is made anew for another theme or other series, and fed below when only values change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [scheme, names, kind, height, log, plain, whole, mark?.at, mark?.word, least, zooms, kind === 'bars' ? times.length : 0]);

  useEffect(() => {
    chart.current?.setData(data);
  }, [data]);

  return <div ref={place} className="chart" role="img" aria-label={label} />;
}

// The library's own enum exists for the compiler only.
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- see above
const LOG = 3 as uPlot.Scale.Distr.Logarithmic;

/** Pixels; less is a click. */
const LEAST_DRAG = 8;
/** Charts below this height have less room between the figures of their axis. */
const LOW = 120;
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];

const FONT = '11px "Inter Variable", system-ui, sans-serif';
const BARS = uPlot.paths.bars?.({ size: [0.8, 40], align: 0 });

function step(times: number[]): number {
  return (times[1] ?? 0) - (times[0] ?? 0);
}

function barRange(times: number[]): uPlot.Scale.Range {
  const first = times[0] ?? 0;
  const last = times[times.length - 1] ?? first;
  const half = times.length > 1 ? (last - first) / (times.length - 1) / 2 : 43_200;
  return [first - half, last + half];
}

function powersOf(_: uPlot, ticks: number[]): (number | null)[] {
  return ticks.map((tick) => (isPower(tick) ? tick : null));
}

function isPower(value: number): boolean {
  return Number.isInteger(Number(Math.log10(value).toFixed(6)));
}

/** With seconds where ticks are less than a minute apart. */
function clocks(_: uPlot, ticks: number[]): string[] {
  const seconds = ticks.some((s) => s % 60 !== 0);
  return ticks.map((s) =>
    new Date(s * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}) }),
  );
}

function days(_: uPlot, ticks: number[]): string[] {
  return ticks.map((s) => {
    const at = new Date(s * 1000);
    return at.getUTCHours() === 0
      ? at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
      : '';
  });
}
