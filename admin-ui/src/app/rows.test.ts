import { beforeEach, expect, test, vi } from 'vitest';
import { openRow, stepRow } from './rows';

beforeEach(() => {
  document.body.innerHTML = `<main id="page"><table><thead><tr><th>x</th></tr></thead><tbody>
    <tr id="a"><td><button>open a</button></td></tr><tr id="b"><td><a href="#b">open b</a></td></tr></tbody></table></main>`;
  // jsdom lays nothing out
  vi.spyOn(HTMLElement.prototype, 'offsetParent', 'get').mockReturnValue(document.body);
  HTMLElement.prototype.scrollIntoView = () => {};
});

test('j and k go through the rows of bodies and stay within them', () => {
  stepRow(1);
  expect(document.activeElement?.id).toBe('a');
  stepRow(1);
  stepRow(1);
  expect(document.activeElement?.id).toBe('b');
  stepRow(-1);
  expect(document.activeElement?.id).toBe('a');
});

test('Enter opens the row in focus by its first link or button', () => {
  expect(openRow()).toBe(false);
  const pressed = vi.fn();
  document.querySelector('button')?.addEventListener('click', pressed);
  stepRow(1);
  expect(openRow()).toBe(true);
  expect(pressed).toHaveBeenCalledOnce();
});

test('a page without rows has nothing to go through', () => {
  document.body.innerHTML = '<main id="page"></main>';
  expect(stepRow(1)).toBe(false);
});
