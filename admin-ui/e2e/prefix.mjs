// The console below a path prefix, as behind a proxy that many things share.
import { createServer, request as forward } from 'node:http';
import { OWNER } from './flow.mjs';
import { load, settled } from './pages.mjs';
import { row } from './rows.mjs';

const PREFIX = '/shared/llm';
const PAGES = ['#/', '#/requests', '#/usage', '#/tenants', '#/keys', '#/models', '#/audit'];

/** Passes what comes below the prefix on to the server, without it; the rest is not found, as elsewhere. */
function proxy(base) {
  const { hostname, port } = new URL(base);
  return createServer((request, response) => {
    if (!request.url.startsWith(`${PREFIX}/`)) {
      response.writeHead(404).end();
      return;
    }
    const passed = forward(
      { hostname, port, method: request.method, path: request.url.slice(PREFIX.length), headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    passed.on('error', () => response.destroy());
    response.on('close', () => passed.destroy());
    request.pipe(passed);
  });
}

export async function belowPrefix({ browser, base }) {
  const server = proxy(base);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const outside = `http://127.0.0.1:${server.address().port}`;
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const wrong = [];
    page.on('response', (response) => {
      // Before signing in the session is asked for, and is none.
      if (response.status() >= 400 && response.status() !== 401) wrong.push(`${response.status()} ${new URL(response.url()).pathname}`);
    });
    page.on('request', (request) => {
      if (request.url().startsWith('http') && !request.url().startsWith(`${outside}${PREFIX}/`)) wrong.push(request.url());
    });
    await page.goto(`${outside}${PREFIX}/console/`);
    await page.getByLabel('Email').fill(OWNER.email);
    await page.locator('input[autocomplete=current-password]').fill(OWNER.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Live, updated').waitFor();
    for (const hash of PAGES) {
      await load(page, outside + PREFIX, hash);
      await settled(page);
      if (await page.locator('.failure').count()) wrong.push(`${hash} failed`);
    }
    row('prefix', `pages below ${PREFIX}: requests outside it, or that failed`, wrong.length, 'requests', 'none', wrong.length === 0);
    wrong.slice(0, 5).forEach((text) => console.log(`NOTE prefix: ${text}`));
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
}
