import { chown, cp, lchown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { createServices } from '../../../electron/services/create-services.ts';
import { plainUser } from '../../rig/electron-double/start-double.ts';
import { sealSecrets } from '../running-app.ts';

const demoLab = join(import.meta.dirname, '../../../resources/demo-lab');

/** A plain user's folder with two labs, the app's own folders, sealed secrets and virtual drives. */
export interface DesktopFolder extends AsyncDisposable {
  readonly folder: string;
  readonly lab: string;
  readonly otherLab: string;
}

/** `prepare` changes the first lab before it is opened; `drives` are the virtual drives, in bytes. */
export async function makeDesktopFolder(
  prepare?: (lab: string) => Promise<void>,
  drives: Readonly<Record<string, number>> = { 'sd-1': 1 << 30 },
): Promise<DesktopFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-desktop-'));
  const [lab, otherLab] = [join(folder, 'demo-lab'), join(folder, 'other-lab')];
  await cp(demoLab, lab, { recursive: true });
  await cp(demoLab, otherLab, { recursive: true });
  await prepare?.(lab);
  const home = (name: string) => join(folder, 'home', name);
  const folders = { cache: home('cache'), state: home('state'), data: home('data'), config: home('config') };
  for (const one of Object.values(folders)) await mkdir(one, { recursive: true, mode: 0o700 });
  const services = await createServices({
    lab,
    folders,
    clock: systemClock,
    log: { line: (text) => console.error(text) },
    version: '0.0.0-test',
  });
  const client = createInProcessClient(services, { role: 'operator' });
  await sealSecrets(client, {});
  for (const [name, size] of Object.entries(drives)) await client.drives.createVirtual({ name, size });
  await services.close();
  await giveAway(folder);
  return {
    folder,
    lab,
    otherLab,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

async function giveAway(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await chown(path, plainUser, plainUser);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) await giveAway(inside);
    else await lchown(inside, plainUser, plainUser);
  }
}
