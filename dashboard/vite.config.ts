import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** `npx vite dashboard` develops against a product that runs on its usual port. */
const API = 'http://localhost:8080';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte({ configFile: false })],
  server: { proxy: { '/api': API } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The first browsers with light-dark(): older ones would get a copy of every colour.
    target: ['chrome123', 'firefox128', 'safari17.5'],
    // One style sheet: all pages together are smaller than a round trip is long.
    cssCodeSplit: false,
    // The polyfill is for browsers older than the target, and inline assets as data: are needless requests to a CSP.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
