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
    alias: [
      { find: '@ronomon/direct-io', replacement: writer('direct-io.ts') },
      ...[
        'xxhash-addon',
        'file-type',
        'mountutils',
        'node-raspberrypi-usbboot',
        'cyclic-32',
        // Its root looks for its native part by the stack of an error, and leaves no error's stack readable when it finds
        // itself in an ES module: the next stream that fails ends the process. Its reader of lsblk is another module.
        /^drivelist$/,
      ].map((find) => ({ find, replacement: writer('not-in-the-writer.ts') })),
    ],
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
