import { Panel } from '../../components/Panel';
import { bytes, full, percent } from '../../lib/format';
import type { Model } from './api';

/** What of the memory is weights, KV cache in use, KV cache that is free, and unused. */
export function MemoryPanel({ models }: { models: Model[] }) {
  const maps = models.map(mapOf).filter((map) => map !== null);
  if (maps.length === 0) return null;
  const most = Math.max(...maps.map((map) => map.total));
  return (
    <Panel
      title="Memory"
      note="of each model; bars are to one scale"
      right={
        <span className="small secondary row wide-only">
          <span>
            <span className="swatch" data-colour="seq-6" />
            weights
          </span>
          <span>
            <span className="swatch" data-colour="seq-4" />
            KV in use
          </span>
          <span>outlined: KV free</span>
        </span>
      }
    >
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Memory of models">
        <table>
          <caption className="sr">Memory of models</caption>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">
                <span className="sr">Map</span>
              </th>
              <th scope="col" className="number wide-only">
                Weights
              </th>
              <th scope="col" className="number">
                KV in use
              </th>
              <th scope="col" className="number wide-only">
                KV blocks
              </th>
              <th scope="col" className="number wide-only">
                Device
              </th>
            </tr>
          </thead>
          <tbody>
            {maps.map((map) => (
              <tr key={map.id}>
                <td className="mono medium">{map.id}</td>
                <td className="memory-cell">
                  <span className="memory" role="img" aria-label={`${bytes(map.weights)} of weights, ${bytes(map.kvUsed)} of ${bytes(map.kv)} KV cache in use`}>
                    <i data-part="weights" style={{ width: `${(100 * map.weights) / most}%` }} />
                    <i data-part="kv" style={{ width: `${(100 * map.kvUsed) / most}%` }} />
                    <i data-part="free" style={{ width: `${(100 * (map.kv - map.kvUsed)) / most}%` }} />
                  </span>
                </td>
                <td className="number wide-only">{bytes(map.weights)}</td>
                <td className="number">
                  {bytes(map.kvUsed)} <span className="quiet wide-only">of {bytes(map.kv)}, {percent(map.kv === 0 ? 0 : map.kvUsed / map.kv)}</span>
                </td>
                <td className="number wide-only">
                  {full(map.blocksUsed)} <span className="quiet">of {full(map.blocks)}</span>
                </td>
                <td className="number secondary wide-only">{map.device}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function mapOf(model: Model) {
  const { figures: f, description: d } = model;
  if (f === null || d === null || f.kv_blocks_total === 0 || f.kv_block_bytes === 0) return null;
  const blocksUsed = f.kv_blocks_total - f.kv_blocks_free;
  const kv = f.kv_blocks_total * f.kv_block_bytes;
  const { device } = f;
  return {
    id: model.id,
    weights: d.weight_bytes,
    kv,
    kvUsed: blocksUsed * f.kv_block_bytes,
    blocks: f.kv_blocks_total,
    blocksUsed,
    total: d.weight_bytes + kv,
    device:
      device !== null && device.memory_total_bytes > 0
        ? `GPU, ${bytes(device.memory_total_bytes - device.memory_used_bytes)} free of ${bytes(device.memory_total_bytes)}`
        : 'host memory',
  };
}
