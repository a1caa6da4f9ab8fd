import { type Status, StatusTag } from '../../components/StatusTag';
import { bytes, count, percent } from '../../lib/format';
import type { Model } from './overview';
import { totalsOf } from './totals';

interface Props {
  models: Model[] | undefined;
  error: Error | null;
}

export function ModelsPanel({ models, error }: Props) {
  return (
    <section className="panel" aria-labelledby="models">
      <div className="panel-head">
        <h2 id="models">Models</h2>
        {models && <span className="small quiet">{models.length} in all</span>}
      </div>
      {models === undefined ? (
        <p className="panel-body secondary">{error === null ? 'Reading.' : `Models could not be read. ${error.message}`}</p>
      ) : models.length === 0 ? (
        <p className="panel-body secondary">No model is loaded. Start with --model to load one.</p>
      ) : (
        <ModelTable models={models} />
      )}
    </section>
  );
}

function ModelTable({ models }: { models: Model[] }) {
  return (
    <div className="scroll-x">
      <table aria-labelledby="models">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">State</th>
            <th scope="col">Architecture</th>
            <th scope="col">Computes on</th>
            <th scope="col" className="number">Weights</th>
            <th scope="col" className="number">Context, tokens</th>
            <th scope="col" className="number">Running</th>
            <th scope="col" className="number">Waiting</th>
            <th scope="col" className="number">KV memory</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <ModelRow key={model.id} model={model} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ModelRow({ model }: { model: Model }) {
  const { description, load, maxModelLen } = model;
  return (
    <tr>
      <td>{model.id}</td>
      <td>
        <StatusTag status={STATUS[model.state] ?? 'neutral'}>{WORD[model.state] ?? model.state}</StatusTag>{' '}
        <span className="small quiet">{model.detail}</span>
      </td>
      <td className="secondary">{description?.architecture ?? '-'}</td>
      <td className="secondary">{description?.backend ?? '-'}</td>
      <td className="number">
        {description ? bytes(description.weightBytes) : '-'} <span className="quiet">{description?.dtype}</span>
      </td>
      <td className="number">{maxModelLen === undefined ? '-' : count(maxModelLen)}</td>
      <td className="number">{load ? count(load.running) : '-'}</td>
      <td className="number">{load ? count(load.waiting) : '-'}</td>
      <td className="number">{load ? percent(totalsOf([load]).kvInUse) : '-'}</td>
    </tr>
  );
}

const STATUS: Record<string, Status> = { ready: 'ok', loading: 'info', failed: 'bad' };
const WORD: Record<string, string> = { ready: 'Healthy', loading: 'Loading', failed: 'Failed' };
