import { Meter } from '../../components/LimitBar';
import { Panel } from '../../components/Panel';
import { Empty } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { bytes, full, percent } from '../../lib/format';
import type { Model, Sample } from './live';

/** Each engine: how busy, how full its memory, how much came from the cache, and its GPU where there is one. */
export function ModelFigures({ sample }: { sample: Sample }) {
  const healthy = sample.models.filter((m) => m.state === 'ready' && m.detail === '').length;
  return (
    <Panel
      title="Engines"
      right={
        healthy === sample.models.length ? (
          <StatusTag status="ok">{`${healthy} healthy`}</StatusTag>
        ) : (
          <StatusTag status="warn">{`${healthy} of ${sample.models.length} healthy`}</StatusTag>
        )
      }
    >
      {sample.models.length === 0 && <Empty title="No model is loaded." />}
      {sample.models.map((model) => (
        <Engine key={model.id} model={model} />
      ))}
    </Panel>
  );
}

function Engine({ model }: { model: Model }) {
  const f = model.figures;
  if (f === null) {
    return (
      <div className="engine">
        <span className="mono medium">{model.id}</span> <span className="secondary">{model.detail}</span>
      </div>
    );
  }
  const device = f.device;
  const kvUsed = f.kv_blocks_total - f.kv_blocks_free;
  const kvText = f.kv_block_bytes > 0 ? `${bytes(kvUsed * f.kv_block_bytes)} of ${bytes(f.kv_blocks_total * f.kv_block_bytes)}` : `${full(kvUsed)} of ${full(f.kv_blocks_total)} blocks`;
  const rows: { name: string; share: number; text: string; hot?: boolean }[] = [
    { name: 'Busy', share: model.busy ?? 0, text: percent(model.busy ?? 0) },
    ...(f.max_running > 0 ? [{ name: 'Batch', share: f.running / f.max_running, text: `${full(f.running)} of ${full(f.max_running)}` }] : []),
    { name: 'KV memory', share: f.kv_blocks_total === 0 ? 0 : kvUsed / f.kv_blocks_total, text: kvText, hot: kvUsed > 0.95 * f.kv_blocks_total },
    ...(model.cache_hit_ratio === null ? [] : [{ name: 'Cache hits', share: model.cache_hit_ratio, text: `${percent(model.cache_hit_ratio)} of prompt` }]),
    ...(device && device.memory_total_bytes > 0
      ? [{ name: 'GPU memory', share: device.memory_used_bytes / device.memory_total_bytes, text: `${bytes(device.memory_used_bytes)} of ${bytes(device.memory_total_bytes)}` }]
      : []),
    ...(device && device.utilization_percent >= 0 ? [{ name: 'GPU busy', share: device.utilization_percent / 100, text: percent(device.utilization_percent / 100) }] : []),
  ];
  return (
    <div className="engine">
      <div className="row between">
        <span className="mono medium">{model.id}</span>
        <span className="small quiet">{device && device.power_watts >= 0 ? `${Math.round(device.power_watts)} W` : device ? 'GPU' : 'CPU'}</span>
      </div>
      <dl>
        {rows.map((row) => (
          <EngineRow key={row.name} {...row} />
        ))}
      </dl>
    </div>
  );
}

function EngineRow({ name, share, text, hot }: { name: string; share: number; text: string; hot?: boolean }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <Meter share={share} hot={hot ?? false} label={`${name}: ${text}`} />
      </dd>
      <dd className="number">{text}</dd>
    </>
  );
}
