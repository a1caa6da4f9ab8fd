import { Link } from '@tanstack/react-router';
import { CopyButton } from '../../components/CopyButton';
import { Dialog } from '../../components/Dialog';
import { anyMoney, moment } from '../../lib/format';
import { type Key, scopeWords } from './api';

/** Everything that is known of a key, but its secret. */
export function KeyDetail({ apiKey: key, onClose }: { apiKey: Key; onClose: () => void }) {
  const time = (at: string | null, none: string) => (at === null ? none : moment(new Date(at)));
  const facts: [string, React.ReactNode][] = [
    ['Id', <span key="id" className="row"><span className="mono small">{key.id}</span><CopyButton value={key.id} what="the key's id" /></span>],
    ['Key', <span key="key" className="mono">{key.redacted}</span>],
    ['Tenant, project', `${key.tenant}, ${key.project}`],
    ['Made by', key.owner ?? 'not known'],
    ['May', scopeWords(key.scopes)],
    ['Allowed models', key.allowed_models === null ? 'all' : key.allowed_models.join(', ') || 'none'],
    ['Denied models', key.denied_models === null ? 'none' : key.denied_models.join(', ')],
    ['Networks', key.allowed_cidrs === null ? 'any' : key.allowed_cidrs.join(', ')],
    ['Made', time(key.created_at, '')],
    ['Expires', time(key.expires_at, 'never')],
    ['Last used', time(key.last_used_at, 'never')],
    ['Revoked', time(key.revoked_at, 'no')],
    ['Cost this month', anyMoney(key.cost_micros)],
  ];
  return (
    <Dialog title={key.name} opened onClose={onClose} wide>
      <dl className="facts">
        {facts.map(([label, value]) => (
          <FactRow key={label} label={label} value={value} />
        ))}
      </dl>
      <p>
        <Link className="link" to="/requests" search={{ key: key.id }}>
          Its requests
        </Link>
      </p>
    </Dialog>
  );
}

function FactRow({ label, value }: { label: string; value: React.ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}
