import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findResources } from '../../../electron/hosts/resources-folder.ts';
import { appFolders, makeAppFolders } from '../../../electron/services/app-folders.ts';
import { createServices } from '../../../electron/services/create-services.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-own-places-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('no card is built in SIFAKA_HOME or over what came with the program', async () => {
  const home = join(folder, 'app');
  const folders = appFolders({ SIFAKA_HOME: home });
  await makeAppFolders(folders);
  await mkdir(join(folder, 'apple'));
  const resources = findResources(import.meta.dirname) ?? '';
  const services = await createServices({
    lab: undefined,
    folders,
    clock: { now: () => new Date() },
    log: { line: () => undefined },
    version: '0.0.0-test',
    resources,
  });
  try {
    const inspect = (place: string) =>
      services.targets.inspect({ kind: 'new-file', path: join(place, 'card.img') }, 4096);
    for (const place of [home, folders.state, resources]) {
      await expect(inspect(place)).rejects.toMatchObject({ code: 'TARGET_UNSUPPORTED' });
    }
    await expect(inspect(join(folder, 'apple'))).resolves.toMatchObject({ kind: 'new-file' });
  } finally {
    await services.close();
  }
});
