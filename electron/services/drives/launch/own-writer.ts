import { dirname, join } from 'node:path';
import { installedHelper } from './installed-helper.ts';

/**
 * The writer that came with this program, and a plain Node to run it, which Electron's binary is not: beside the archive
 * of an installed app, as electron-builder.yml puts them; else in the checkout. `resources` is the folder of that name in
 * either.
 */
export function ownWriter(resources: string | undefined): {
  node: string;
  script: string;
  helper: string | undefined;
} {
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const root = resources === undefined ? import.meta.dirname : dirname(resources);
  if (root.endsWith('.asar')) {
    const folder = join(dirname(root), 'writer');
    return { node: join(folder, program), script: join(folder, 'writer.mjs'), helper: installedHelper };
  }
  const underElectron = process.versions['electron'] !== undefined;
  return {
    node: underElectron ? join(root, 'node_modules', 'node', 'bin', program) : process.execPath,
    script: join(root, 'out', 'writer', 'writer.mjs'),
    helper: installedHelper,
  };
}
