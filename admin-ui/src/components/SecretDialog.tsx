import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyButton } from './CopyButton';
import { Dialog } from './Dialog';

interface Props {
  title: string;
  /** Never in the address, a log or the query cache: it lives in the state of who opened this. */
  secret: string;
  /** Name of the variable in the .env file. */
  variable?: string;
  /** What it may do and until when. */
  children?: ReactNode;
  extra?: ReactNode;
  onStored: () => void;
}

/** A secret that is shown once; only "I have stored it" closes it. */
export function SecretDialog({ title, secret, variable, children, extra, onStored }: Props) {
  return (
    <Dialog title={title} opened onClose={onStored} firm>
      <p className="secondary dialog-text">Copy it now. You will not see it again.</p>
      <div className="secret">
        <code data-testid="secret">{secret}</code>
        <CopyButton value={secret} what="the secret" worded />
      </div>
      {children !== undefined && <p className="small quiet">{children}</p>}
      <div className="dialog-buttons">
        {variable !== undefined && (
          <Button
            variant="subtle"
            onClick={() => {
              download(`${variable}=${secret}\n`);
            }}
          >
            Download .env
          </Button>
        )}
        <span className="grow" />
        {extra}
        <Button data-autofocus onClick={onStored}>
          I have stored it
        </Button>
      </div>
    </Dialog>
  );
}

function download(content: string) {
  const address = URL.createObjectURL(new Blob([content], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = '.env';
  link.click();
  URL.revokeObjectURL(address);
}
