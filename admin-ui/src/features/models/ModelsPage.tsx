import { ActionIcon, Button, Menu } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import { ConfirmByName } from '../../components/ConfirmByName';
import { DataTable } from '../../components/DataTable';
import { Icon } from '../../components/Icon';
import { Meter } from '../../components/LimitBar';
import { Page } from '../../components/Page';
import { Panel, Sentence } from '../../components/Panel';
import { Empty, Failure } from '../../components/states';
import { StatusTag } from '../../components/StatusTag';
import { answer } from '../../lib/api/client';
import { bytes, full, money, percent } from '../../lib/format';
import { useSession } from '../../lib/session';
import { currentPrices, type Model, type Models, type Price, shortReference } from './api';
import { LoadDialog } from './LoadDialog';
import { PriceDialog } from './PriceDialog';

/** What is loaded, what fits, is each healthy. */
export function ModelsPage() {
  const { api } = useSession();
  const queries = useQueryClient();
  const [loading, setLoading] = useState(false);
  const [unloading, setUnloading] = useState<Model>();
  const [pricing, setPricing] = useState<string>();
  const models = useQuery({
    queryKey: ['models'],
    queryFn: () => answer<Models>(api.GET('/admin/models')),
    refetchInterval: (query) => (query.state.data?.data.some((m) => m.state === 'loading') ? 500 : 3000),
  });
  const prices = useQuery({
    queryKey: ['prices'],
    queryFn: () => answer<{ data: Price[] }>(api.GET('/admin/prices', { params: { query: { limit: 500 } } })),
  });
  const changed = () => queries.invalidateQueries({ queryKey: ['models'] });
  const current = useMemo(() => currentPrices(prices.data?.data ?? [], new Date()), [prices.data]);
  const columns = useMemo(() => columnsOf(current, setUnloading, setPricing), [current]);
  const loadButton = (
    <Button
      leftSection={<Icon name="plus" small />}
      onClick={() => {
        setLoading(true);
      }}
    >
      Load a model
    </Button>
  );
  return (
    <Page title="Models" actions={loadButton}>
      {models.data && <Sentence more="What is loaded here stays until this server stops; PENSTOCK_MODEL names those of the next start.">{sentence(models.data.data)}</Sentence>}
      <Panel title="Loaded and loading">
        <DataTable
          caption="Models"
          columns={columns}
          rows={models.data?.data}
          rowId={(model) => model.id}
          failure={models.isError ? <Failure what="Models could not be read." error={models.error} onRetry={() => void models.refetch()} /> : undefined}
          empty={
            <Empty title="No model is loaded." action={loadButton}>
              The bundled SmolLM2-135M loads in seconds.
            </Empty>
          }
        />
      </Panel>
      {loading && (
        <LoadDialog
          onDisk={models.data?.on_disk ?? []}
          onClose={() => {
            setLoading(false);
            void changed();
          }}
        />
      )}
      {unloading && (
        <ConfirmByName
          verb="Unload"
          what="model"
          name={unloading.id}
          onClose={() => {
            setUnloading(undefined);
          }}
          act={async () => {
            await answer(api.POST('/admin/models/unload', { body: { id: unloading.id } }));
            await changed();
          }}
        >
          <p>
            {full(unloading.figures?.running ?? 0)} requests run on it and {full(unloading.figures?.waiting ?? 0)} wait: they end with an error.
            New ones get 404. {unloading.description ? `${bytes(unloading.description.weight_bytes)} of weights become free.` : ''}
          </p>
        </ConfirmByName>
      )}
      {pricing !== undefined && (
        <PriceDialog
          model={pricing}
          price={current.get(pricing)}
          onClose={() => {
            setPricing(undefined);
            void queries.invalidateQueries({ queryKey: ['prices'] });
          }}
        />
      )}
    </Page>
  );
}

function sentence(models: Model[]): string {
  const ready = models.filter((m) => m.state === 'ready' && m.detail === '');
  const loading = models.filter((m) => m.state === 'loading');
  const failed = models.filter((m) => m.state === 'failed' || (m.state === 'ready' && m.detail !== ''));
  const parts = [`${ready.length} ${ready.length === 1 ? 'model takes' : 'models take'} requests`];
  if (loading.length > 0) parts.push(`${loading.map((m) => m.id).join(', ')} ${loading.length === 1 ? 'is' : 'are'} being loaded`);
  if (failed.length > 0) parts.push(`${failed.map((m) => m.id).join(', ')} failed`);
  return `${parts.join('; ')}.`;
}

function columnsOf(prices: Map<string, Price>, unload: (model: Model) => void, setPrice: (id: string) => void): ColumnDef<Model>[] {
  return [
    {
      id: 'model',
      header: 'Model',
      cell: ({ row: { original: m } }) => (
        <span className="mono medium" title={m.reference === null ? undefined : shortReference(m.reference)}>
          {m.id}
        </span>
      ),
    },
    { id: 'state', header: 'State', cell: ({ row }) => <State model={row.original} /> },
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
        return (
          <button
            type="button"
            className="cell-name"
            aria-label={`Set the price of ${m.id}`}
            onClick={() => {
              setPrice(m.id);
            }}
          >
            {price ? `${money(price.prompt)}, ${money(price.completion)}` : 'none'}
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
                setPrice(m.id);
              }}
            >
              Set the price
            </Menu.Item>
            <Menu.Item
              className="bad-ink"
              disabled={m.state === 'loading'}
              onClick={() => {
                unload(m);
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

function State({ model }: { model: Model }) {
  if (model.state === 'loading') {
    const { progress } = model;
    const share = progress && progress.total > 0 ? progress.done / progress.total : null;
    return (
      <span className="loading-state">
        <StatusTag status="info">Loading</StatusTag>
        {progress && share !== null ? (
          <>
            <Meter share={share} label={`${progress.stage} ${percent(share)}`} />
            <span className="small secondary">
              {progress.stage} {progress.total > 1_000_000 ? `${bytes(progress.done)} of ${bytes(progress.total)}` : percent(share)}
            </span>
          </>
        ) : (
          <span className="small secondary">{model.detail}</span>
        )}
      </span>
    );
  }
  if (model.state === 'failed' || model.detail !== '') {
    return (
      <span title={model.detail}>
        <StatusTag status="bad">Failed</StatusTag> <span className="small secondary wrap">{model.detail.slice(0, 80)}</span>
      </span>
    );
  }
  return <StatusTag status="ok">Healthy</StatusTag>;
}
