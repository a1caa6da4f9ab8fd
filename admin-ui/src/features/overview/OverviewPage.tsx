import type { ReactNode } from 'react';
import { StatusTag } from '../../components/StatusTag';
import { FigureTiles } from './FigureTiles';
import { ModelsPanel } from './ModelsPanel';
import { useOverview, useReadiness } from './useOverview';
import { verdictOf } from './verdict';

interface Props {
  adminKey: string | null;
  onKeyRefused: () => void;
  /** Shown in place of the models while there is no key. */
  keyForm: ReactNode;
}

/** Is it healthy, and what does it serve? */
export function OverviewPage({ adminKey, onKeyRefused, keyForm }: Props) {
  const readiness = useReadiness();
  const overview = useOverview(adminKey, onKeyRefused);
  const models = adminKey === null ? undefined : overview.data?.models;
  const verdict = verdictOf({
    readiness: readiness.data,
    answeredAt: readiness.dataUpdatedAt === 0 ? undefined : new Date(readiness.dataUpdatedAt),
    unreachable: readiness.isError,
    models: models?.filter((model) => model.state === 'ready').map((model) => model.id),
  });

  return (
    <>
      <section className="panel verdict" aria-labelledby="verdict">
        <StatusTag status={verdict.status}>{verdict.word}</StatusTag>
        <p className="verdict-sentence" id="verdict" aria-live="polite">
          {verdict.sentence}
        </p>
        <p className="secondary">{verdict.explanation}</p>
      </section>
      {adminKey === null ? (
        <section className="panel panel-body" aria-labelledby="key-needed">
          <h2 id="key-needed">Models and figures need the admin key.</h2>
          <p className="secondary">It stays in this tab and is forgotten when the tab closes.</p>
          {keyForm}
        </section>
      ) : (
        <>
          <FigureTiles overview={overview.data} readAt={overview.dataUpdatedAt} stale={overview.isError} />
          <ModelsPanel models={models} error={overview.error} />
        </>
      )}
    </>
  );
}
