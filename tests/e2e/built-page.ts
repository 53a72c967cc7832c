import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, mergeConfig } from 'vite';
import electronViteConfig from '../../electron.vite.config.ts';

/** Builds the page as it is now, as `npm run build` does, into a folder of its own. */
export async function buildPage(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-e2e-page-'));
  if (typeof electronViteConfig === 'function' || electronViteConfig instanceof Promise) {
    throw new TypeError('electron.vite.config.ts is expected to be a plain object');
  }
  await build(
    mergeConfig(electronViteConfig.renderer ?? {}, {
      configFile: false,
      logLevel: 'error',
      // The manifest tells a test what belongs together; no host serves it.
      build: { outDir: folder, emptyOutDir: true, manifest: 'manifest.json' },
    }),
  );
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
