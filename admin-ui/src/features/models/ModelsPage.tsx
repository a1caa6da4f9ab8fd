import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ConfirmByName } from '../../components/ConfirmByName';
import { DataTable } from '../../components/DataTable';
import { Icon } from '../../components/Icon';
import { Page } from '../../components/Page';
import { Panel, Sentence } from '../../components/Panel';
import { Empty, Failure } from '../../components/states';
import { answer } from '../../lib/api/client';
import { bytes, full } from '../../lib/format';
import { useSession } from '../../lib/session';
import { AliasDialog } from './AliasDialog';
import { AliasPanel } from './AliasPanel';
import { type Alias, currentPrices, type Model, type ModelLimit, type Models, type Price } from './api';
import { LoadDialog } from './LoadDialog';
import { MemoryPanel } from './MemoryPanel';
import { columnsOf } from './modelColumns';
import { ModelLimitsDialog } from './ModelLimitsDialog';
import { PriceDialog } from './PriceDialog';

/** What is loaded, what fits, is each healthy. */
export function ModelsPage() {
  const { api } = useSession();
  const queries = useQueryClient();
  const [loading, setLoading] = useState(false);
  const [unloading, setUnloading] = useState<Model>();
  const [pricing, setPricing] = useState<string>();
  const [limiting, setLimiting] = useState<string>();
  const [aliasing, setAliasing] = useState<{ alias: string; model: string }>();
  const [removing, setRemoving] = useState<Alias>();
  const models = useQuery({
    queryKey: ['models'],
    queryFn: () => answer<Models>(api.GET('/admin/models')),
    refetchInterval: (query) => (query.state.data?.data.some((m) => m.state === 'loading') ? 500 : 3000),
  });
  const prices = useQuery({
    queryKey: ['prices'],
    queryFn: () => answer<{ data: Price[] }>(api.GET('/admin/prices', { params: { query: { limit: 500 } } })),
  });
  const limits = useQuery({
    queryKey: ['model-limits'],
    queryFn: () => answer<{ data: ModelLimit[] }>(api.GET('/admin/limits/models')),
  });
  const aliases = useQuery({
    queryKey: ['aliases'],
    queryFn: () => answer<{ data: Alias[] }>(api.GET('/admin/models/aliases')),
  });
  const changed = async () => {
    await queries.invalidateQueries({ queryKey: ['models'] });
    await queries.invalidateQueries({ queryKey: ['aliases'] });
    await queries.invalidateQueries({ queryKey: ['model-ids'] });
    await queries.invalidateQueries({ queryKey: ['model-names'] });
  };
  const current = useMemo(() => currentPrices(prices.data?.data ?? [], new Date()), [prices.data]);
  const columns = useMemo(
    () =>
      columnsOf(current, limits.data?.data, {
        unload: setUnloading,
        price: setPricing,
        limits: setLimiting,
        alias: (model) => {
          setAliasing({ alias: '', model });
        },
      }),
    [current, limits.data],
  );
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
      {models.data && <MemoryPanel models={models.data.data} />}
      <AliasPanel
        aliases={aliases.data?.data}
        error={aliases.error}
        onAdd={() => {
          setAliasing({ alias: '', model: models.data?.data[0]?.id ?? '' });
        }}
        onMove={setAliasing}
        onRemove={setRemoving}
      />
      {aliasing && (
        <AliasDialog
          {...aliasing}
          models={models.data?.data.map((m) => m.id) ?? []}
          onClose={() => {
            setAliasing(undefined);
            void changed();
          }}
        />
      )}
      {removing && (
        <ConfirmByName
          verb="Remove"
          what="alias"
          name={removing.alias}
          onClose={() => {
            setRemoving(undefined);
          }}
          act={async () => {
            await answer(api.DELETE('/admin/models/aliases', { params: { query: { alias: removing.alias } } }));
            await changed();
          }}
        >
          <p>
            Requests that ask for {removing.alias} get 404 from now on; those that run go on. {removing.model} itself stays.
          </p>
        </ConfirmByName>
      )}
      {limiting !== undefined && (
        <ModelLimitsDialog
          model={limiting}
          limits={limits.data?.data.filter((l) => l.limit.model === limiting) ?? []}
          onClose={() => {
            setLimiting(undefined);
          }}
        />
      )}
      {loading && (
        <LoadDialog
          gpu={models.data?.data.find((m) => m.figures?.device != null)?.figures?.device ?? undefined}
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
