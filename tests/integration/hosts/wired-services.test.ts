import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import { findResources } from '../../../electron/hosts/resources-folder.ts';
import { appFolders, makeAppFolders } from '../../../electron/services/app-folders.ts';
import { createServices } from '../../../electron/services/create-services.ts';
import type { Services } from '../../../electron/services/services.ts';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import type { LabFinding } from '../../../shared/contract/lab.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';

let home = '';
let services: Services | undefined;
const logged: string[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sifaka-house-'));
});
afterEach(async () => {
  await services?.close();
  services = undefined;
  await rm(home, { recursive: true, force: true });
});

async function open(lab?: string): Promise<SifakaClient> {
  const folders = appFolders({ SIFAKA_HOME: join(home, 'app') });
  await makeAppFolders(folders);
  await services?.close();
  services = await createServices({
    lab,
    folders,
    clock: { now: () => new Date() },
    log: { line: (text) => logged.push(text) },
    version: '0.0.0-test',
    resources: findResources(import.meta.dirname),
  });
  return createInProcessClient(services, { role: 'operator' });
}

async function openDemoLab(): Promise<SifakaClient> {
  const { path } = await (await open()).lab.demo({ folder: join(home, 'lab') });
  return open(path);
}

async function followToEnd(client: SifakaClient, id: string): Promise<JobEvent | undefined> {
  let last: JobEvent | undefined;
  for await (const event of await client.jobs.follow({ id })) last = event;
  return last;
}

/** The demo lab comes without secrets: every installation seals its own. */
function wrongBesidesSecrets({ ok, kind }: LabFinding): boolean {
  return !ok && kind !== 'sealed secret';
}

describe('without a lab', () => {
  it('what needs none works, and the rest says which lab to open', async () => {
    const client = await open();
    expect(await client.jobs.list()).toEqual([]);
    expect(await client.drives.list()).toEqual([]);
    expect(await client.drives.createVirtual({ name: 'demo-sd', size: 1 << 20 })).toMatchObject({
      size: 1 << 20,
    });
    for (const call of [
      client.lab.state(),
      client.cards.nodes(),
      client.images.list(),
      client.secrets.check(),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'LAB_NOT_FOUND', defined: true });
    }
    const doctor = await client.session.doctor();
    expect(doctor.find(({ id }) => id === 'lab')).toMatchObject({ ok: false, required: false });
  });
});

describe('with the demo lab', () => {
  it('every file is right, and the nodes are there', async () => {
    const client = await openDemoLab();
    expect((await client.lab.state()).writable).toBe(true);
    expect((await client.lab.check()).filter(wrongBesidesSecrets)).toEqual([]);
    expect((await client.cards.nodes()).map(({ name }) => name)).toContain('titan-13');
  });

  it('secrets are missing, then sealed and readable', async () => {
    const client = await openDemoLab();
    const before = await client.secrets.check();
    expect(before.identity).toBe('none');
    expect(before.secrets.find(({ name }) => name === 'k3s-token')).toMatchObject({
      state: 'missing',
      neededBy: expect.arrayContaining(['titan-13']),
    });
    await client.secrets.init({});
    await client.secrets.seal({ name: 'k3s-token', value: 'planted-value' });
    await client.secrets.seal({ name: 'nobody-needs-it', value: 'planted-value' });
    const after = await client.secrets.check();
    expect(after.identity).toBe('ready');
    expect(after.secrets.find(({ name }) => name === 'k3s-token')?.state).toBe('sealed-and-readable');
    expect(after.secrets.find(({ name }) => name === 'nobody-needs-it')).toMatchObject({ neededBy: [] });
    expect(logged.join('\n')).not.toContain('planted-value');
  });

  it('a golden image is added by a job: cached, named in the inventory, in the logbook; then verified', async () => {
    const client = await openDemoLab();
    const [demo] = await client.images.list();
    expect(demo).toMatchObject({ name: 'demo', state: 'available' });
    const file = join(home, 'new-image.img.zst');
    await copyFile(join(home, 'lab', demo?.file ?? ''), file);

    const { jobId } = await client.images.add({ name: 'second', file, bootPartition: 1, rootPartition: 2 });
    const end = await followToEnd(client, jobId);
    expect(end).toMatchObject({ type: 'ended', outcome: 'done', report: { kind: 'image', name: 'second' } });

    const second = (await client.images.list()).find(({ name }) => name === 'second');
    expect(second).toMatchObject({ state: 'cached', fileSha256: demo?.fileSha256, classes: [] });
    expect(await client.images.verify({ name: 'second' })).toMatchObject({ rawSha256: second?.rawSha256 });
    const [entry] = await client.lab.logbook({ limit: 1 });
    expect(entry?.affectedResources).toEqual(['metis/inventory.yaml#/images/second']);
    expect((await client.lab.check()).filter(wrongBesidesSecrets)).toEqual([]);
  });

  it('a file that is no image is not named in the inventory', async () => {
    const client = await openDemoLab();
    const file = join(home, 'poem.txt');
    await writeFile(file, 'no image at all\n'.repeat(1000));
    const before = await client.lab.get({ file: 'metis/inventory.yaml', pointer: '/images' });
    const { jobId } = await client.images.add({ name: 'poem', file, rootPartition: 1 });
    expect(await followToEnd(client, jobId)).toMatchObject({
      type: 'ended',
      outcome: 'failed',
      problem: { code: 'IMAGE_FORMAT_UNKNOWN' },
    });
    expect(await client.lab.get({ file: 'metis/inventory.yaml', pointer: '/images' })).toEqual(before);
  });

  it('an image that is not there, leaves the lab or is not known is refused', async () => {
    const client = await openDemoLab();
    const add = (file: string) => client.images.add({ name: 'x', file, rootPartition: 1 });
    await expect(add(join(home, 'nowhere.img'))).rejects.toMatchObject({ code: 'IMAGE_FILE_MISSING' });
    await expect(add('../app')).rejects.toMatchObject({ code: 'LAB_PATH_ESCAPES' });
    await expect(client.images.verify({ name: 'x' })).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' });
  });

  it('neither the lab nor the folders of the app can be a target', async () => {
    const client = await openDemoLab();
    await client.secrets.init({});
    for (const { name, state } of (await client.secrets.check()).secrets) {
      if (state === 'missing') await client.secrets.seal({ name, value: 'planted-value' });
    }
    const plan = (path: string) =>
      client.cards.plan({ node: 'titan-13', target: { kind: 'new-file', path } });
    expect((await plan(join(home, 'x.img'))).plan.node).toBe('titan-13');
    for (const folder of ['lab', 'app/state', 'app/cache', 'app/data', 'app/config']) {
      await expect(plan(join(home, folder, 'x.img')), folder).rejects.toMatchObject({
        code: 'TARGET_UNSUPPORTED',
      });
    }
  });
});

describe('the doctor', () => {
  it('finds what is needed here, and leaves nothing behind', async () => {
    const client = await openDemoLab();
    const capabilities = await client.session.doctor();
    expect(capabilities.filter(({ required, ok }) => required && !ok)).toEqual([]);
    expect(capabilities.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'node',
        'folders',
        'lab',
        'xz',
        'zstd',
        'cache-space',
        'electron',
        'drives',
        'identity',
      ]),
    );
    const left = await readdir(join(home, 'app'), { recursive: true });
    expect(left.filter((name) => name.includes('probe'))).toEqual([]);
  });

  it('says which folder of the app is gone', async () => {
    const client = await open();
    await rm(join(home, 'app', 'cache'), { recursive: true });
    const folders = (await client.session.doctor()).find(({ id }) => id === 'folders');
    expect(folders).toMatchObject({ ok: false, required: true });
    expect(folders?.detail).toContain(join(home, 'app', 'cache'));
  });
});

describe('the folders of the app', () => {
  it('lie below SIFAKA_HOME, for this user alone', async () => {
    await open();
    for (const folder of Object.values(appFolders({ SIFAKA_HOME: join(home, 'app') }))) {
      expect(folder.startsWith(join(home, 'app'))).toBe(true);
      if (process.platform !== 'win32') expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
  });

  it('are the platform’s otherwise, four different ones', () => {
    const folders = Object.values(appFolders({}));
    expect(new Set(folders).size).toBe(4);
    for (const folder of folders) expect(folder).toContain('sifaka');
  });

  it('are refused below a relative SIFAKA_HOME or where there is a file', async () => {
    expect(() => appFolders({ SIFAKA_HOME: 'here' })).toThrow('INPUT_INVALID');
    await writeFile(join(home, 'file'), '');
    await expect(makeAppFolders(appFolders({ SIFAKA_HOME: join(home, 'file') }))).rejects.toMatchObject({
      code: 'JOURNAL_UNWRITABLE',
    });
  });
});

describe('electron', () => {
  it('is no part of what the command runs: the services load without it', async () => {
    const loaded = await new Promise<string>((done, fail) => {
      const script = `
        await import(${JSON.stringify(resolve('electron/hosts/web.ts'))});
        await import(${JSON.stringify(resolve('electron/hosts/open-services.ts'))});
        process.stdout.write('loaded');`;
      execFile(process.execPath, ['--input-type=module', '--eval', script], (error, stdout) => {
        if (error) fail(error);
        else done(stdout);
      });
    });
    expect(loaded).toBe('loaded');
  });
});
