import { ActionIcon, Menu } from '@mantine/core';
import type { ColumnDef } from '@tanstack/react-table';
import { Icon } from '../../components/Icon';
import { bytes, full, money } from '../../lib/format';
import { type Model, type ModelLimit, type Price, shortReference } from './api';
import { LoadState } from './LoadState';

export interface ModelActs {
  unload: (model: Model) => void;
  price: (id: string) => void;
  alias: (model: string) => void;
  limits: (model: string) => void;
}

/** The catalogue's columns. */
export function columnsOf(prices: Map<string, Price>, limits: ModelLimit[] | undefined, acts: ModelActs): ColumnDef<Model>[] {
  return [
    {
      id: 'model',
      header: 'Model',
      cell: ({ row: { original: m } }) => (
        <span title={m.reference === null ? undefined : shortReference(m.reference)}>
          <span className="mono medium">{m.id}</span>
          {m.aliases.length > 0 && <span className="mono quiet"> {m.aliases.join(', ')}</span>}
        </span>
      ),
    },
    { id: 'state', header: 'State', cell: ({ row }) => <LoadState model={row.original} /> },
    { id: 'on', header: 'Computes on', meta: { wide: true }, cell: ({ row }) => <span className="secondary">{row.original.description?.backend ?? '-'}</span> },
    {
      id: 'weights',
      header: 'Weights',
      meta: { number: true, wide: true },
      cell: ({ row: { original: m } }) =>
        m.description && m.description.weight_bytes > 0 ? (
          <>
            {bytes(m.description.weight_bytes)} <span className="quiet">{m.description.dtype}</span>
          </>
        ) : (
          '-'
        ),
    },
    {
      id: 'kv',
      header: 'KV room, tokens',
      meta: { number: true, wide: true },
      cell: ({ row: { original: m } }) =>
        m.figures && m.figures.kv_block_tokens > 0 ? (
          <span title={bytes(m.figures.kv_blocks_total * m.figures.kv_block_bytes)}>
            {full(m.figures.kv_blocks_free * m.figures.kv_block_tokens)} <span className="quiet">of {full(m.figures.kv_blocks_total * m.figures.kv_block_tokens)}</span>
          </span>
        ) : (
          '-'
        ),
    },
    { id: 'context', header: 'Context', meta: { number: true, wide: true }, cell: ({ row }) => (row.original.max_model_len === null ? '-' : full(row.original.max_model_len)) },
    { id: 'running', header: 'Running', meta: { number: true, wide: true }, cell: ({ row }) => full(row.original.figures?.running ?? 0) },
    {
      id: 'price',
      header: '$ per 1M in, out',
      meta: { number: true, wide: true },
      cell: ({ row: { original: m } }) => {
        const price = prices.get(m.id);
        const shown = price ? `${money(price.prompt)}, ${money(price.completion)}` : 'none';
        return (
          <button
            type="button"
            className="cell-name"
            aria-label={`${shown}, set the price of ${m.id}`}
            onClick={() => {
              acts.price(m.id);
            }}
          >
            {shown}
          </button>
        );
      },
    },
    {
      id: 'limits',
      header: 'Limits',
      meta: { number: true, wide: true },
      cell: ({ row: { original: m } }) => {
        const set = limits?.filter((l) => l.limit.model === m.id).length;
        const shown = set === undefined ? '-' : set === 0 ? 'none' : full(set);
        return (
          <button
            type="button"
            className="cell-name"
            aria-label={`${shown}, limits on ${m.id}`}
            onClick={() => {
              acts.limits(m.id);
            }}
          >
            {shown}
          </button>
        );
      },
    },
    {
      id: 'acts',
      header: () => <span className="sr">Acts</span>,
      meta: { number: true },
      cell: ({ row: { original: m } }) => (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" aria-label={`Acts on ${m.id}`}>
              <Icon name="dots" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              onClick={() => {
                acts.price(m.id);
              }}
            >
              Set the price
            </Menu.Item>
            <Menu.Item
              onClick={() => {
                acts.limits(m.id);
              }}
            >
              Limits on it
            </Menu.Item>
            <Menu.Item
              onClick={() => {
                acts.alias(m.id);
              }}
            >
              Add an alias
            </Menu.Item>
            <Menu.Item
              className="bad-ink"
              disabled={m.state === 'loading'}
              onClick={() => {
                acts.unload(m);
              }}
            >
              Unload
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ),
    },
  ];
}
