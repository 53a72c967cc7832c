import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { Capability } from '../../shared/contract/session.ts';

type Finding = Pick<Capability, 'ok' | 'detail'>;

/** What electron-builder.yml calls it. */
const installedPrograms: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'sifaka-desktop',
  win32: 'Sifaka.exe',
};

const archive = 'app.asar';

const inBrowser = '`sifaka serve` opens the same app in a browser.';

/** Whether the app can have a window of its own here. `resources` is what came with this program (findResources). */
export async function findWindowProgram(
  resources: string | undefined,
  platform: NodeJS.Platform = process.platform,
): Promise<Finding> {
  const electron = process.versions['electron'];
  if (electron !== undefined) return { ok: true, detail: `Electron ${electron}.` };
  const installed = resources === undefined ? undefined : installedProgram(resources, platform);
  if (installed !== undefined)
    return existsSync(installed)
      ? { ok: true, detail: `Installed with this command: ${installed}.` }
      : { ok: false, detail: `${installed} is missing: install Sifaka again. ${inBrowser}` };
  return (await isFetched())
    ? { ok: true, detail: 'Electron is here: `npm start` opens the window.' }
    : { ok: false, detail: `Electron is not in this checkout yet: \`npm start\` fetches it. ${inBrowser}` };
}

/** The command of an installed app is `<app>/resources/cli`, beside the archive of the window's program. */
function installedProgram(resources: string, platform: NodeJS.Platform): string | undefined {
  const name = installedPrograms[platform];
  if (name === undefined || !isInstalled(resources)) return undefined;
  return join(dirname(dirname(dirname(resources))), name);
}

/** What came with an installed program lies beside, or in, the archive of its window; in a checkout there is none. */
export function isInstalled(resources: string): boolean {
  return resources.split(sep).includes(archive) || existsSync(join(dirname(dirname(resources)), archive));
}

/** `path.txt` is what Electron's installer leaves beside the binary it fetched. */
async function isFetched(): Promise<boolean> {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const binary = (await readFile(join(folder, 'path.txt'), 'utf8')).trim();
    return existsSync(join(folder, 'dist', binary));
  } catch {
    return false;
  }
}
