import { array, type Json, number, object, optional, text } from '../../lib/decode';
import { getJson, HttpError } from '../../lib/http';

/** What a loaded model is. */
export interface Description {
  architecture: string;
  dtype: string;
  backend: string;
  weightBytes: number;
}

/** How busy it is. */
export interface Load {
  running: number;
  waiting: number;
  kvBlocksTotal: number;
  kvBlocksFree: number;
}

export interface Model {
  id: string;
  /** loading, ready or failed */
  state: string;
  /** Progress, or why it takes no requests; empty when all is well. */
  detail: string;
  /** These three only once it is loaded. */
  description: Description | undefined;
  maxModelLen: number | undefined;
  load: Load | undefined;
}

export interface Overview {
  startedAt: Date;
  models: Model[];
}

export const KEY_REFUSED = [401, 403];

/** GET /admin/overview with the admin key. */
export async function readOverview(adminKey: string, signal: AbortSignal): Promise<Overview> {
  const { status, body } = await getJson('/admin/overview', signal, adminKey);
  if (status !== 200) throw new HttpError(status, `The server answered HTTP ${status}.`);
  return decodeOverview(body);
}

export function decodeOverview(body: unknown): Overview {
  const overview = object(body, 'body');
  return {
    startedAt: new Date(text(overview, 'started_at')),
    models: array(overview, 'models').map((model) => decodeModel(object(model, 'models'))),
  };
}

function decodeModel(model: Json): Model {
  return {
    id: text(model, 'id'),
    state: text(model, 'state'),
    detail: optional(model, 'detail', text) ?? '',
    description: optional(model, 'description', (from, name) => decodeDescription(object(from[name], name))),
    maxModelLen: optional(model, 'max_model_len', number),
    load: optional(model, 'load', (from, name) => decodeLoad(object(from[name], name))),
  };
}

function decodeDescription(from: Json): Description {
  return {
    architecture: text(from, 'architecture'),
    dtype: text(from, 'dtype'),
    backend: text(from, 'backend'),
    weightBytes: number(from, 'weight_bytes'),
  };
}

function decodeLoad(from: Json): Load {
  return {
    running: number(from, 'running'),
    waiting: number(from, 'waiting'),
    kvBlocksTotal: number(from, 'kv_blocks_total'),
    kvBlocksFree: number(from, 'kv_blocks_free'),
  };
}
