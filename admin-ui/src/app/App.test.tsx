import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from './App';
import { Providers } from './Providers';

const KEY = 'admin-key-of-this-test';
const overview = {
  started_at: '2026-11-24T03:00:00Z',
  models: [
    {
      id: 'SmolLM2-135M-Instruct',
      state: 'ready',
      description: { architecture: 'LlamaForCausalLM', dtype: 'Q4_1', backend: 'cpu, 512-bit vectors', weight_bytes: 98_362_432 },
      max_model_len: 8192,
      load: { running: 2, waiting: 0, kv_blocks_total: 100, kv_blocks_free: 50 },
    },
  ],
};

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status });
}

/** A server with one model that knows KEY; records the paths it was asked for. */
function serve(asked: string[]) {
  return (path: string, init: RequestInit) => {
    asked.push(path);
    if (path === '/readyz') return Promise.resolve(answer(200, {}));
    const authorization = new Headers(init.headers).get('Authorization');
    return Promise.resolve(
      authorization === `Bearer ${KEY}` ? answer(200, overview) : answer(401, { error: { message: 'no' } }),
    );
  };
}

const asked: string[] = [];

beforeEach(() => {
  asked.length = 0;
  sessionStorage.clear();
  window.history.pushState({}, '', '/console/');
  vi.stubGlobal('fetch', serve(asked));
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open() {
  render(
    <Providers>
      <App />
    </Providers>,
  );
}

function enter(key: string) {
  fireEvent.change(screen.getByLabelText('Admin key'), { target: { value: key } });
  fireEvent.click(screen.getByRole('button', { name: 'Show models' }));
}

test('health shows without a key and nothing secret is asked for', async () => {
  open();

  expect(await screen.findByText('Penstock takes requests.')).toBeDefined();
  expect(asked).toEqual(['/readyz']);
});

test('the admin key opens figures and models, for this tab only', async () => {
  open();
  enter(KEY);

  expect(await screen.findByText('Penstock serves SmolLM2-135M-Instruct.')).toBeDefined();
  expect(screen.getByRole('table').textContent).toContain('cpu, 512-bit vectors');
  expect(sessionStorage.length).toBe(1);
  expect(localStorage.getItem('penstock-admin-key')).toBeNull();

  fireEvent.click(screen.getByRole('button', { name: 'Forget the admin key' }));
  expect(sessionStorage.length).toBe(0);
  expect(screen.queryByRole('table')).toBeNull();
});

test('a refused key is forgotten and said so beside the field', async () => {
  open();
  enter('wrong');

  expect(await screen.findByText('The server refused this key.')).toBeDefined();
  expect(sessionStorage.length).toBe(0);
});

test('a path prefix in front of the console is kept', async () => {
  window.history.pushState({}, '', '/llm/console/');
  open();
  await vi.waitFor(() => {
    expect(asked).toEqual(['/llm/readyz']);
  });
});

test('the page generates no inline style element', async () => {
  open();
  await screen.findByText('Penstock takes requests.');

  expect(document.querySelectorAll('style')).toHaveLength(0);
});
