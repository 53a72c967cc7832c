import { dirname, join } from 'node:path';
import { installedHelper } from './installed-helper.ts';

/**
 * The writer that came with this program: `out/writer/writer.mjs` beside its resources, run by the Node this process runs
 * on. Electron's binary is no plain Node, so that the desktop app has only the helper that its package installs.
 */
export function ownWriter(resources: string | undefined): {
  node: string;
  script: string;
  helper: string | undefined;
} {
  const root = resources === undefined ? import.meta.dirname : dirname(resources);
  return {
    node: process.versions['electron'] === undefined ? process.execPath : 'node',
    script: join(root, 'out', 'writer', 'writer.mjs'),
    helper: installedHelper,
  };
}
