/**
 * Path below which the server's endpoints stand: what precedes `/console` in the page's address, so that a proxy may
 * add a prefix. `/llm/console/` gives `/llm`, `/console/` gives the empty string.
 */
export function serverRoot(pathname: string): string {
  const at = pathname.lastIndexOf('/console');
  return at < 0 ? '' : pathname.slice(0, at);
}
