import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// Everything comes from this origin and nothing is inline, so the strictest policy holds. The development server
// needs inline styles for hot reloading and therefore goes without.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
      injectTo: 'head-prepend',
    },
  ],
};

const server = 'http://localhost:8080';

export default defineConfig({
  // Relative, so that the console works below any path prefix that a proxy adds.
  base: './',
  plugins: [react(), contentSecurityPolicy],
  build: {
    assetsInlineLimit: 0, // data: addresses would need a wider policy
    modulePreload: { polyfill: false },
    license: { fileName: 'licences.md' },
  },
  server: {
    proxy: { '/readyz': server, '/v1': server, '/admin': server },
  },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'] },
});
