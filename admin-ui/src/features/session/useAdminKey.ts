import { useCallback, useState } from 'react';

const STORAGE = 'penstock-admin-key';

export interface AdminSession {
  key: string | null;
  /** The last key was refused by the server. */
  refused: boolean;
  enter: (key: string) => void;
  refuse: () => void;
  forget: () => void;
}

/** The admin key, kept for this tab only: it is gone when the tab closes and is never in an address. */
export function useAdminKey(): AdminSession {
  const [key, setKey] = useState(() => sessionStorage.getItem(STORAGE));
  const [refused, setRefused] = useState(false);

  const drop = useCallback((wasRefused: boolean) => {
    sessionStorage.removeItem(STORAGE);
    setKey(null);
    setRefused(wasRefused);
  }, []);

  return {
    key,
    refused,
    enter: useCallback((entered: string) => {
      sessionStorage.setItem(STORAGE, entered);
      setKey(entered);
      setRefused(false);
    }, []),
    refuse: useCallback(() => {
      drop(true);
    }, [drop]),
    forget: useCallback(() => {
      drop(false);
    }, [drop]),
  };
}
