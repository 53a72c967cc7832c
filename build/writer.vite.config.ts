import { builtinModules } from 'node:module';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const root = resolve(import.meta.dirname, '..');
const writer = (file: string) => resolve(root, 'electron/writer', file);

/**
 * out/writer/writer.mjs: the elevated writer, one file that needs nothing beside it but Node, because it runs as root from
 * a place of its own.
 */
export default defineConfig({
  root,
  resolve: {
    alias: {
      '@ronomon/direct-io': writer('direct-io.ts'),
      'xxhash-addon': writer('not-in-the-writer.ts'),
      'file-type': writer('not-in-the-writer.ts'),
      mountutils: writer('not-in-the-writer.ts'),
      'node-raspberrypi-usbboot': writer('not-in-the-writer.ts'),
      'cyclic-32': writer('not-in-the-writer.ts'),
    },
  },
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: 'node24',
    outDir: resolve(root, 'out/writer'),
    emptyOutDir: true,
    rollupOptions: {
      input: { writer: writer('main.ts') },
      external: [...builtinModules, /^node:/],
      output: { format: 'es', entryFileNames: '[name].mjs', codeSplitting: false },
    },
  },
});
