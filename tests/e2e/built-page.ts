import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, mergeConfig } from 'vite';
import electronViteConfig from '../../electron.vite.config.ts';

export interface BuiltPage {
  readonly folder: string;
  /** The source files that are in it. */
  readonly modules: readonly string[];
  /** Puts the page as it is then in its place. */
  readonly buildAgain: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Builds the page as it is now, as `npm run build` does, into a folder of its own. */
export async function buildPage(): Promise<BuiltPage> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-e2e-page-'));
  if (typeof electronViteConfig === 'function' || electronViteConfig instanceof Promise) {
    throw new TypeError('electron.vite.config.ts is expected to be a plain object');
  }
  const config = mergeConfig(electronViteConfig.renderer ?? {}, {
    configFile: false,
    logLevel: 'error',
    // The manifest tells a test what belongs together; no host serves it.
    build: { outDir: folder, emptyOutDir: true, manifest: 'manifest.json' },
  });
  const output = await build(config);
  if (!('output' in output)) throw new TypeError('one build with one output is expected');
  const modules = output.output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  return {
    folder,
    modules,
    buildAgain: async () => void (await build(config)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
