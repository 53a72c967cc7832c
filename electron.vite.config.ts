import { resolve } from 'node:path';
import { lingui, linguiTransformerBabelPreset } from '@lingui/vite-plugin';
import babel from '@rolldown/plugin-babel';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const folder = import.meta.dirname;

/** Texts are marked where they stand in the sources; a text that a catalog leaves out fails the build. */
function translations() {
  return [
    babel({ presets: [linguiTransformerBabelPreset()] }),
    lingui({ cwd: folder, failOnMissing: true, failOnCompileError: true }),
  ];
}

/** Of these the app uses a small part of what they bring: bundled, only that part is in a package. All of them are plain JavaScript. */
const bundledPackages = [
  '@aws-sdk/client-s3',
  '@orpc/client',
  '@orpc/contract',
  '@orpc/server',
  'age-encryption',
  'zod',
];

/**
 * out/main      main.js (Electron's entry), cli.js (the command), ha-sync.js (one pass over a pair, in a CronJob) and
 *               sync-thread.js (a thread of a sync), ES modules; other packages stay in node_modules
 * out/preload   preload.cjs, one CommonJS file: a sandboxed preload can load nothing else
 * out/renderer  the page: a first file with what Today needs, one more for each other page (see page-modules.ts)
 */
export default defineConfig({
  main: {
    plugins: translations(),
    build: {
      outDir: 'out/main',
      target: 'node24',
      externalizeDeps: { exclude: bundledPackages },
      rollupOptions: {
        input: {
          main: resolve(folder, 'electron/main.ts'),
          cli: resolve(folder, 'electron/cli/main.ts'),
          'ha-sync': resolve(folder, 'electron/cli/ha-sync.ts'),
          'sync-thread': resolve(folder, 'electron/services/sync/engine/sync-thread.ts'),
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
    plugins: [react(), ...translations()],
    // The same files are served as app://sifaka/ and over http, so they name each other relatively.
    base: './',
    build: {
      outDir: resolve(folder, 'out/renderer'),
      target: 'chrome142',
      minify: true,
      modulePreload: { polyfill: false },
      rollupOptions: {
        input: resolve(folder, 'renderer/index.html'),
        output: {
          codeSplitting: {
            // Whatever makes a schema imports this file first, and so runs after zod was told to do without eval.
            groups: [{ name: 'zod', test: /node_modules[\\/]zod[\\/]|renderer[\\/]zod-without-eval/ }],
          },
        },
      },
    },
  },
});
