import type { ChartSeries } from '../../components/charts/UPlotChart';
import type { Point, Sample } from './live';

const COLOURED = 8;

export interface Share {
  id: string;
  name: string;
  colour: string;
  share: number;
  tokensPerSecond: number;
}

/**
 * A tenant keeps its colour while the page is open; a newcomer takes a free one. Who has none is among the others.
 */
export class Colours {
  private readonly of = new Map<string, number>();

  /** Gives colours by use over the shown points. */
  assign(points: Point[]): { id: string; name: string; colour: string }[] {
    const used = new Map<string, { name: string; sum: number }>();
    for (const point of points) {
      for (const tenant of point.tenants) {
        const entry = used.get(tenant.id) ?? { name: tenant.name, sum: 0 };
        entry.sum += tenant.share;
        used.set(tenant.id, entry);
      }
    }
    const ranked = [...used].sort((a, b) => b[1].sum - a[1].sum).slice(0, COLOURED);
    const ids = new Set(ranked.map(([id]) => id));
    for (const id of [...this.of.keys()]) if (!ids.has(id)) this.of.delete(id);
    for (const [id] of ranked) {
      if (this.of.has(id)) continue;
      const taken = new Set(this.of.values());
      const free = Array.from({ length: COLOURED }, (_, i) => i + 1).find((i) => !taken.has(i));
      if (free !== undefined) this.of.set(id, free);
    }
    return ranked
      .map(([id, { name }]) => ({ id, name, slot: this.of.get(id) ?? COLOURED }))
      .sort((a, b) => a.slot - b.slot)
      .map(({ id, name, slot }) => ({ id, name, colour: `cat-${slot}` }));
  }
}

export function stackOf(points: Point[], bands: { id: string; name: string; colour: string }[]): { times: number[]; series: ChartSeries[] } {
  const times = points.map((p) => Math.round(Date.parse(p.at) / 1000));
  const series: ChartSeries[] = bands.map((band) => ({
    name: band.name,
    colour: band.colour,
    values: points.map((p) => p.tenants.find((t) => t.id === band.id)?.share ?? 0),
  }));
  const shown = new Set(bands.map((b) => b.id));
  const rest = points.map((p) => Math.max(0, p.busy - p.tenants.filter((t) => shown.has(t.id)).reduce((sum, t) => sum + t.share, 0)));
  if (rest.some((value) => value > 1e-3)) series.push({ name: 'Others', colour: 'rest', values: rest });
  return { times, series };
}

/** The legend: who uses what now, the others in one line. */
export function sharesOf(sample: Sample, bands: { id: string; name: string; colour: string }[]): Share[] {
  const shares: Share[] = bands.map((band) => {
    const now = sample.tenants.find((t) => t.id === band.id);
    return { ...band, share: now?.share ?? 0, tokensPerSecond: now?.tokens_per_second ?? 0 };
  });
  const shown = new Set(bands.map((b) => b.id));
  const others = sample.tenants.filter((t) => !shown.has(t.id));
  if (others.length > 0) {
    shares.push({
      id: 'others',
      name: `${others.length} ${others.length === 1 ? 'other' : 'others'}`,
      colour: 'rest',
      share: others.reduce((sum, t) => sum + t.share, 0),
      tokensPerSecond: others.reduce((sum, t) => sum + t.tokens_per_second, 0),
    });
  }
  return shares;
}
