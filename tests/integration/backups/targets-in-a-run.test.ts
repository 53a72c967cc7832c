import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { createBackupTargets } from '../../../electron/services/backups/targets/backup-targets.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { type S3Server, startS3 } from '../../rig/s3/s3-server.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';
import { quiet, s3Target, sealKeys, still } from './target-world.ts';

const shelf = '/mnt/shelf';
const policy = {
  schema: 'sifaka.backup-policy/1',
  timezone: 'Etc/UTC',
  rules: [{ name: 'all', guests: ['all'], storage: 'nas', targets: ['offsite', 'shelf'] }],
};

let world: BackupWorld;
let server: S3Server;

beforeAll(async () => {
  server = await startS3();
  await server.makeBucket('backups');
  world = await backupWorld({
    nodes: ['baobab', 'ebony'],
    folders: [shelf],
    policy: stringify(policy),
    backups: {
      targets: { offsite: s3Target(server.endpoint), shelf: { kind: 'node-folder', path: shelf } },
    },
  });
  await sealKeys(world.secrets, server);
  for (const target of ['offsite', 'shelf'])
    expect(await world.backups.initTarget(target, still)).toMatchObject({ state: 'ready' });
}, 120_000);
afterAll(async () => {
  await world?.stop();
  await server?.stop();
});

const node = (name: string) => world.rig.node(name);
const targets = () => createBackupTargets({ ...world, clock: systemClock });

test('a backup goes to S3, and neither of its keys is in a journal, log, manifest, record, command line or node', async () => {
  node('baobab').addGuest(100, { running: true, bytes: 24 * 1024 * 1024 });
  const commands = new Set<string>();
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      for (const path of globSync('/proc/[0-9]*/{cmdline,environ}')) commands.add(readIfThere(path));
      await setTimeout(100);
    }
  })();
  const { ended } = await world.run({ guests: ['baobab/100'] });
  over.abort();
  await watching;
  expect(ended.problem).toBeUndefined();
  const [record] = await world.records();
  expect(record?.copies.map(({ target, state }) => `${target} ${state}`).toSorted()).toEqual([
    'offsite verified',
    'shelf verified',
  ]);
  const { manifest } = await world.backups.discover(still);
  expect(manifest.archives.filter(({ place }) => place.startsWith('target:'))).toHaveLength(2);
  // And once more with keys that the server does not take, so that errors are written, too.
  node('baobab').addGuest(101, { running: true, bytes: 1_048_576 });
  await world.secrets.seal('s3-secret', Buffer.from('another-secret'), { replace: true });
  const failed = await world.run({ guests: ['baobab/101'] });
  expect(failed.ended.problem).toMatchObject({ code: 'TARGET_REFUSED' });
  await world.secrets.seal('s3-secret', Buffer.from(server.secretKey), { replace: true });

  const files = globSync('**/*', { cwd: world.rig.folder }).map((path) => join(world.rig.folder, path));
  const written = files.filter((path) => !path.includes('/root/usr/')).map(readIfThere);
  expect(files.filter((path) => path.endsWith('.jsonl')).length).toBeGreaterThan(0);
  expect(files.some((path) => path.endsWith('backups/backups.json'))).toBe(true);
  expect(commands.size).toBeGreaterThan(10);
  for (const text of [...written, ...commands, JSON.stringify(failed)]) {
    expect(text.includes(server.secretKey) || text.includes('another-secret')).toBe(false);
    if (!text.includes('swift_server.py')) expect(text.includes(server.accessKey)).toBe(false);
  }
});

test('a folder that one node has and another has not is used from the one, and the other is named', async () => {
  await node('ebony').ok('umount', shelf);
  const look = (await world.backups.targets(still)).find(({ target }) => target === 'shelf');
  expect(look).toMatchObject({
    state: 'ready',
    problem: { code: 'TARGET_UNMOUNTED', what: expect.stringContaining('ebony') },
  });
  node('ebony').addGuest(200, { running: true, bytes: 1_048_576 });
  const { ended } = await world.run({ guests: ['ebony/200'] });
  expect(ended.problem).toMatchObject({ code: 'TARGET_UNMOUNTED' });
  expect(await node('ebony').ok('ls', '-A', shelf)).toBe('');

  // From there it is brought to the other through this machine, whole.
  const store = await targets().open('shelf');
  const archive = (await store.list(still)).find(({ vmid }) => vmid === 100);
  if (archive === undefined) throw new Error('it is not listed');
  await node('ebony').ok('mkdir', '/var/lib/brought');
  const brought = await store.bringTo(archive, { node: 'ebony', folder: '/var/lib/brought' }, quiet);
  expect(node('ebony').list('/var/lib/brought')).toEqual([archive.name]);
  const sum = await node('ebony').ok('sha256sum', brought.files[0]?.path ?? '');
  expect(sum.split(' ')[0]).toBe(brought.record.files[0]?.sha256);
  await expect(
    store.bringTo(archive, { node: 'ebony', folder: '/var/lib/brought' }, quiet),
  ).rejects.toMatchObject({ code: 'COPY_FAILED' });
});

test('a lab file that names a target of no kind, or with keys in its endpoint, is named with its line', async () => {
  const file = join(world.rig.lab, 'cluster/madagascar.json');
  const before = readFileSync(file, 'utf8');
  try {
    for (const [from, to] of [
      ['"kind":"s3"', '"kind":"ftp"'],
      [server.endpoint, server.endpoint.replace('://', '://user:password@')],
      [server.endpoint, 'file:///etc/passwd'],
    ] as const) {
      const text = JSON.stringify(JSON.parse(before)).replace(from, to);
      expect(text).toContain(to);
      writeFileSync(file, text);
      const looked = await world.backups.targets(still).catch((error: unknown) => error);
      expect(JSON.stringify(looked)).toContain('LAB_FILE_INVALID');
      expect(JSON.stringify(looked)).not.toContain('password@');
    }
  } finally {
    writeFileSync(file, before);
  }
});

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // A folder, or a process that has ended.
    return '';
  }
}
