import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Dialog } from '../components/Dialog';
import { Icon, type IconName } from '../components/Icon';
import { OPEN_PALETTE } from '../components/TopButtons';
import { answer } from '../lib/api/client';
import type { Data } from '../lib/api/types';
import { useModelIds } from '../lib/lists';
import { useSession } from '../lib/session';
import { type PageEntry, PAGES } from './pages';

interface Target {
  to: string;
  search?: Record<string, string>;
  label: string;
  kind: string;
  icon: IconName;
}

/** Ctrl K: pages, tenants, keys, models, and requests by their id. */
export function Palette({ shown }: { shown: (page: PageEntry) => boolean }) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const show = () => {
      setOpen(true);
    };
    const key = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setOpen(true);
      }
    };
    window.addEventListener(OPEN_PALETTE, show);
    window.addEventListener('keydown', key);
    return () => {
      window.removeEventListener(OPEN_PALETTE, show);
      window.removeEventListener('keydown', key);
    };
  }, []);
  return open ? (
    <PaletteDialog
      shown={shown}
      onClose={() => {
        setOpen(false);
      }}
    />
  ) : null;
}

function PaletteDialog({ shown, onClose }: { shown: (page: PageEntry) => boolean; onClose: () => void }) {
  const { api, scope } = useSession();
  const navigate = useNavigate();
  const [q, setQ] = useState('');
  const [at, setAt] = useState(0);
  const tenants = useQuery({
    queryKey: ['palette-tenants', q],
    queryFn: () => answer<Data<'TenantListPage'>>(api.GET('/admin/console/tenants', { params: { query: { q, limit: 8 } } })),
    enabled: scope.kind === 'all' && q !== '',
  });
  const keys = useQuery({
    queryKey: ['palette-keys', scope, q],
    queryFn: () =>
      answer<{ data: { id: string; name: string; redacted: string }[] }>(
        scope.kind === 'all'
          ? api.GET('/admin/keys', { params: { query: { q, limit: 5 } } })
          : api.GET('/v1/organization/api_keys', { params: { query: { q, limit: 5 } } }),
      ),
    enabled: q.length > 1,
  });
  const models = useModelIds();
  const targets: Target[] = [
    ...PAGES.filter(shown)
      .filter((page) => page.label.toLowerCase().includes(q))
      .map((page) => ({ to: page.to, label: page.label, kind: `g ${page.key}`, icon: page.icon })),
    ...(tenants.data?.data ?? []).map((t) => ({ to: `/tenants/${t.id}`, label: t.name, kind: 'Tenant', icon: 'tenants' as const })),
    ...(keys.data?.data ?? []).map((k) => ({ to: '/keys', search: { open: k.id, q }, label: `${k.name} ${k.redacted}`, kind: 'Key', icon: 'keys' as const })),
    ...(q === '' ? [] : (models.data ?? []))
      .filter((m) => m.toLowerCase().includes(q))
      .slice(0, 5)
      .map((m) => ({ to: '/requests', search: { model: m }, label: m, kind: 'Model: its requests', icon: 'models' as const })),
    ...(/^req_[0-9a-f]{8,}$/.test(q) ? [{ to: `/requests/${q}`, label: q, kind: 'Request', icon: 'requests' as const }] : []),
  ];
  const go = (target: Target | undefined) => {
    if (target === undefined) return;
    onClose();
    void navigate({ to: target.to, search: target.search ?? {} });
  };
  return (
    <Dialog title="Search or go to" opened onClose={onClose}>
      <TextInput
        data-autofocus
        aria-label="Page, tenant, key, model or request id"
        placeholder="Page, tenant, key, model or request id"
        value={q}
        onChange={(event) => {
          setQ(event.currentTarget.value.toLowerCase().trim());
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(at + 1, targets.length - 1));
          if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
          if (event.key === 'Enter') go(targets[at]);
        }}
      />
      <div className="palette-list" role="listbox" aria-label="Found">
        {targets.map((target, i) => (
          <button
            key={`${target.to} ${target.label}`}
            type="button"
            role="option"
            aria-selected={i === at}
            onClick={() => {
              go(target);
            }}
          >
            <Icon name={target.icon} /> {target.label}
            <span className="small">{target.kind}</span>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
