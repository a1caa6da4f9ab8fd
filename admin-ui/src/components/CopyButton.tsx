import { ActionIcon, Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Icon } from './Icon';

const SHOWN_MS = 1500;

interface Props {
  value: string;
  /** For the label: "Copy the key". */
  what: string;
  /** With a word beside the icon. */
  worded?: boolean;
}

/** Turns to a tick for a moment and says politely that it copied. */
export function CopyButton({ value, what, worded }: Props) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => {
      setCopied(false);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  const copy = () => {
    void navigator.clipboard.writeText(value).then(() => {
      setCopied(true);
    });
  };
  const icon = <Icon name={copied ? 'check' : 'copy'} small />;
  return (
    <>
      {worded ? (
        <Button variant="default" leftSection={icon} onClick={copy} aria-label={`Copy ${what}`}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      ) : (
        <ActionIcon variant="subtle" onClick={copy} aria-label={`Copy ${what}`}>
          {icon}
        </ActionIcon>
      )}
      <span className="sr" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </>
  );
}
