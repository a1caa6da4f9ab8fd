import { answer } from './api/client';
import type { Data, Present, Schemas } from './api/types';
import type { Session } from './session';

export type Sums = Present<Schemas['UsageReportStoreSums']>;
export type Row = Data<'UsageReportStoreRow', 'bucket' | 'tenant'>;
export interface Report {
  total: Sums;
  rows: Row[];
  /** By bucket, all that no row tells by bucket. */
  others: { bucket: string; sums: Sums }[];
}

export interface Asked {
  start: number;
  end: number;
  group: string;
  bucket: 'hour' | 'day' | 'all';
  tenant: string;
  model: string;
  limit?: number;
  /** How many groups come by bucket; the others as one sum each. All when left out. */
  series?: number;
}

export function askReport({ api, scope }: Session, asked: Asked): Promise<Report> {
  const query = {
    start_time: asked.start,
    end_time: asked.end,
    group_by: asked.group,
    bucket: asked.bucket,
    model: asked.model,
    limit: asked.limit ?? 50,
    ...(asked.series === undefined ? {} : { series: asked.series }),
  };
  return answer<Report>(
    scope.kind === 'all'
      ? api.GET('/admin/usage/report', { params: { query: { ...query, tenant: asked.tenant } } })
      : api.GET('/v1/organization/usage/report', { params: { query } }),
  );
}

/** What a group used in all buckets together. */
export interface GroupSum {
  id: string;
  name: string;
  tenant: string | null;
  sums: Sums;
}

/** Groups in the order of the rows: the most expensive first. */
export function groupsOf(rows: Row[]): GroupSum[] {
  const groups = new Map<string, GroupSum>();
  for (const row of rows) {
    const group = groups.get(row.id);
    if (group === undefined) groups.set(row.id, { id: row.id, name: row.name, tenant: row.tenant, sums: { ...row.sums } });
    else for (const key of Object.keys(row.sums) as (keyof Sums)[]) group.sums[key] += row.sums[key];
  }
  return [...groups.values()];
}
