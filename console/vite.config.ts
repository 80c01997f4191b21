import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The development server serves the console with hot reload and passes the rest on to a running Vedette:
// VEDETTE_URL=http://127.0.0.1:8480 npm run dev
const target = process.env.VEDETTE_URL ?? 'http://127.0.0.1:8480';
const proxy = Object.fromEntries(['/api', '/a/', '/signin'].map((path) => [path, { target }]));

export default defineConfig({
  plugins: [svelte()],
  resolve: process.env.VITEST ? { conditions: ['browser'] } : undefined,
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // data: addresses would need a wider Content-Security-Policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy },
  preview: { proxy },
  test: { include: ['src/**/*.test.ts'] },
});
