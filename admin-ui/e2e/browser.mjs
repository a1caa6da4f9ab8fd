// Finds a Chromium: PLAYWRIGHT_CHROMIUM_PATH, one that the system has, or Playwright's own download.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const KNOWN = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

export function chromiumPath() {
  const named = process.env.PLAYWRIGHT_CHROMIUM_PATH;
  if (named) return named;
  const known = KNOWN.find((path) => existsSync(path));
  if (known) return known;
  const own = chromium.executablePath();
  if (existsSync(own)) return own;
  throw new Error(
    'No Chromium was found. Install it (apt-get install chromium), or set PLAYWRIGHT_CHROMIUM_PATH to one.',
  );
}

export function launch() {
  return chromium.launch({
    executablePath: chromiumPath(),
    // As root, as in most containers, Chromium's own sandbox cannot start.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}
