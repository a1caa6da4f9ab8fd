import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '../lib/api/error';
import { CopyButton } from './CopyButton';
import { Icon } from './Icon';

/** What will appear here, and the one act that makes it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <p className="strong">{title}</p>
      {children !== undefined && <p className="secondary">{children}</p>}
      {action}
    </div>
  );
}

/** What failed, what still works, try again, and the id to ask with. */
export function Failure({ what, error, onRetry }: { what: string; error: Error; onRetry?: () => void }) {
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <div className="failure" role="alert">
      <Icon name="bad" />
      <div>
        <p className="strong">{what}</p>
        <p className="secondary">{error.message}</p>
        <div className="row">
          {onRetry && (
            <Button variant="default" leftSection={<Icon name="retry" small />} onClick={onRetry}>
              Try again
            </Button>
          )}
          {requestId !== null && (
            <>
              <span className="mono small">{requestId}</span>
              <CopyButton value={requestId} what="the request id" />
            </>
          )}
        </div>
      </div>
    </div>
  );
}

/** An error beside the field or button that caused it. */
export function Fault({ error }: { error: Error | null }) {
  return error === null ? null : (
    <p className="fault" role="alert">
      <Icon name="bad" small /> {error.message}
    </p>
  );
}

/** Grey bars in the final layout, but only when it takes long enough to be noticed. */
export function LoadingRows({ columns, rows = 5 }: { columns: number; rows?: number }) {
  const shown = useLater(200);
  return (
    <>
      {Array.from({ length: rows }, (_, row) => (
        <tr key={row} aria-hidden="true">
          {Array.from({ length: columns }, (_, column) => (
            <td key={column}>{shown && <span className="bone" data-width={(row * 3 + column * 5) % 4} />}</td>
          ))}
        </tr>
      ))}
    </>
  );
}

/** A block in place of what is being read. */
export function Loading({ lines = 4 }: { lines?: number }) {
  const shown = useLater(200);
  return (
    <div className="panel-body bones" role="status" aria-label="Loading">
      {shown && Array.from({ length: lines }, (_, line) => <span key={line} className="bone" data-width={line % 4} />)}
    </div>
  );
}

function useLater(milliseconds: number): boolean {
  const [later, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setLater(true);
    }, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  }, [milliseconds]);
  return later;
}

/** Figures that are not of now. */
export function Stale({ since, children }: { since: string; children?: ReactNode }) {
  return (
    <p className="stale" role="status">
      <Icon name="warn" small /> <strong>No figures since {since}.</strong> {children}
    </p>
  );
}
