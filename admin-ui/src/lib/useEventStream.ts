import { useEffect, useRef, useState } from 'react';
import { addressOf, headersOf, type Credentials } from './api/client';
import { readEvents } from './sse';

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10_000;

/**
 * One stream of events for as long as the page is open; a broken one is opened again, later each time.
 *
 * @param onEvent called for each event with its name and its JSON
 * @returns whether events come
 */
export function useEventStream(path: string, credentials: Credentials, onEvent: (event: string, data: unknown) => void): boolean {
  const [connected, setConnected] = useState(false);
  const handler = useRef(onEvent);
  useEffect(() => {
    handler.current = onEvent;
  });
  const { csrfToken, organization } = credentials;
  useEffect(() => {
    const abort = new AbortController();
    let retry = FIRST_RETRY_MS;
    const open = async () => {
      while (!abort.signal.aborted) {
        try {
          const response = await fetch(addressOf(path), {
            headers: { Accept: 'text/event-stream', ...headersOf({ csrfToken, organization }) },
            signal: abort.signal,
            cache: 'no-store',
          });
          if (response.ok) {
            setConnected(true);
            retry = FIRST_RETRY_MS;
            await readEvents(response, (event) => {
              handler.current(event.event, JSON.parse(event.data));
            });
          }
        } catch {
          // The connection broke: said by `connected`, tried again below.
        }
        setConnected(false);
        await new Promise((done) => setTimeout(done, retry));
        retry = Math.min(LAST_RETRY_MS, retry * 2);
      }
    };
    void open();
    return () => {
      abort.abort();
    };
  }, [path, csrfToken, organization]);
  return connected;
}
