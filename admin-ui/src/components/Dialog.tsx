import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  opened: boolean;
  onClose: () => void;
  /** Only its own button closes it. */
  firm?: boolean;
  wide?: boolean;
  /** In pixels, where wide is not enough. */
  size?: number;
  children: ReactNode;
}

/** A dialog that traps and returns focus. Its scroll lock would need an inline style, which the policy forbids. */
export function Dialog({ title, opened, onClose, firm, wide, size, children }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      centered
      radius={12}
      size={size ?? (wide ? 640 : 440)}
      lockScroll={false}
      withCloseButton={!firm}
      closeOnClickOutside={false}
      closeOnEscape={!firm}
      closeButtonProps={{ 'aria-label': 'Close' }}
      attributes={{ header: { role: 'presentation' } }} // of the dialog: not the page's banner
      transitionProps={{ transition: 'fade', duration: 120 }}
    >
      {children}
    </Modal>
  );
}
