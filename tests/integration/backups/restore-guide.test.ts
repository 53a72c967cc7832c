import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desk } from '../cli/run-cli.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';

const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/get-a-guest-back.md'), 'utf8');
const named = 'vzdump-qemu-100-2026_11_20-02_30_04.vma.zst';
const mebibyte = 1024 * 1024;

const desk = new Desk();
let world: BackupWorld;
let archive = '';

beforeAll(async () => {
  world = await backupWorld({
    folders: ['/mnt/offsite'],
    backups: { servers: {}, targets: { offsite: { kind: 'node-folder', path: '/mnt/offsite' } } },
    // The guide's own rule and ids, and a target.
    policy: `schema: sifaka.backup-policy/1
timezone: Etc/UTC
${(/```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '').replace('    storage: nas\n', '    storage: nas\n    targets: [offsite]\n')}`,
  });
  await world.backups.initTarget('offsite', new AbortController().signal);
  world.rig.node('baobab').addGuest(100, { name: 'web', bytes: mebibyte });
  const { ended } = await world.run({ guests: ['baobab/100'] });
  expect(ended.problem).toBeUndefined();
  archive = (await world.records())[0]?.archive ?? '';
}, 120_000);
afterAll(async () => {
  desk.remove();
  await world?.stop();
});

const options = () => ({ lab: world.rig.lab, env: world.rig.environment });

/** Its commands, in its order, without what it says beside them. */
const commands = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.split('\n'))
  .filter((line) => line.startsWith('sifaka '))
  .map((line) => line.replace(/ +# .*$/, '').replace('sifaka ', ''));

test('the guide is followed word for word', async () => {
  expect(commands).toHaveLength(7);
  const said: string[] = [];
  for (const command of commands) {
    const words = command.replaceAll(named, archive).replaceAll("'", '').split(' ');
    const { code, stdout, stderr } = await desk.run(words, options());
    expect([command, code, code === 0 ? '' : stderr]).toEqual([command, 0, '']);
    said.push(stdout);
  }
  const text = said.join('\n');
  expect(text).toContain('ERASES web (baobab/100), which is running:');
  expect(text).toContain('  scsi0 local-lvm:vm-100-disk-0, 1M');
  expect(text).toMatch(/Its last good backup: \d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);
  expect(text).not.toMatch(/\d{4}-\d\d-\d\dT\d\d:/);
  expect(text).toMatch(/^4\. A guest is made of the archive as baobab\/100, and read back\.$/m);
  expect(text).toMatch(/The restore test passed: baobab\/100, of target:offsite#.*Its agent answered/);
});

test('without a terminal nothing is erased unless --yes says so; a wrong archive is refused', async () => {
  const restore = ['backups', 'restore', `storage:nas#${archive}`, '--to', 'baobab/100', '--overwrite'];
  const unasked = await desk.run([...restore, '--json'], options());
  expect([unasked.code, unasked.last['code']]).toEqual([3, 'CONFIRMATION_REQUIRED']);
  const config = world.rig.node('baobab').guestConfig(100);
  const done = await desk.run([...restore, '--start', '--yes'], options());
  expect([done.code, done.code === 0 ? '' : done.stderr]).toEqual([0, '']);
  expect(done.stdout).toContain('Every byte was read: its SHA-256 is as it was made.');
  expect(done.stdout).toContain('baobab/100 is there and is called web, with 1 disk: scsi0 1M.');
  expect(world.rig.node('baobab').guestConfig(100)?.split('\n').toSorted()).toEqual(
    config?.split('\n').toSorted(),
  );
  const unknown = await desk.run(
    ['backups', 'restore', 'storage:nas#none', '--to', 'baobab/100', '--json'],
    options(),
  );
  expect([unknown.code, unknown.last['code']]).toEqual([2, 'ARCHIVE_UNKNOWN']);
  world.rig.node('baobab').flipByte(`/mnt/pve/nas/dump/${archive}`, 2000);
  const bad = await desk.run(['backups', 'verify', `storage:nas#${archive}`], options());
  expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining('FAILED')]);
});
