import { expect, test } from 'vitest';
import { serverRoot } from './base';

test.each([
  ['/console', ''],
  ['/console/', ''],
  ['/llm/console/', '/llm'],
  ['/console-team/console/index.html', '/console-team'],
  ['/', ''],
])('the server of %s stands at "%s"', (pathname, root) => {
  expect(serverRoot(pathname)).toBe(root);
});
