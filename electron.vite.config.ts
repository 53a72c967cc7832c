import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const folder = import.meta.dirname;

/**
 * out/main      main.js (Electron's entry) and cli.js (the command), ES modules; packages stay in node_modules
 * out/preload   preload.cjs, one CommonJS file: a sandboxed preload can load nothing else
 * out/renderer  the page
 */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      externalizeDeps: true,
      rollupOptions: {
        input: {
          main: resolve(folder, 'electron/main.ts'),
          cli: resolve(folder, 'electron/cli/main.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      target: 'node24',
      externalizeDeps: false,
      rollupOptions: {
        input: { preload: resolve(folder, 'electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: 'preload.cjs' },
      },
    },
  },
  renderer: {
    root: resolve(folder, 'renderer'),
    plugins: [react()],
    build: {
      outDir: resolve(folder, 'out/renderer'),
      target: 'chrome142',
      rollupOptions: { input: resolve(folder, 'renderer/index.html') },
    },
  },
});
