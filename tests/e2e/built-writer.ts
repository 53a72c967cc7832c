import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, mergeConfig } from 'vite';
import writerConfig from '../../build/writer.vite.config.ts';

/**
 * Builds the elevated writer as it is now, as `npm run build` does, into a folder of its own. `resources` is what the
 * services are told, as if this were where the program is.
 */
export async function buildWriter(): Promise<{ resources: string; remove: () => Promise<void> }> {
  if (typeof writerConfig === 'function' || writerConfig instanceof Promise) {
    throw new TypeError('writer.vite.config.ts is expected to be a plain object');
  }
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-e2e-writer-'));
  await build(
    mergeConfig(writerConfig, { logLevel: 'error', build: { outDir: join(folder, 'out/writer') } }),
  );
  return {
    resources: join(folder, 'resources'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
