import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Coverage } from '../../../shared/schemas/backup-overview.ts';
import { Desk } from '../cli/run-cli.ts';
import { type BackupWorld, backupWorld } from './backup-world.ts';

const dump = '/mnt/pve/nas/dump';
const mebibyte = 1024 * 1024;
const still = new AbortController().signal;
const desk = new Desk();

const policy = {
  schema: 'sifaka.backup-policy/1',
  timezone: 'Etc/UTC',
  rules: [{ name: 'all', guests: ['all'], storage: 'nas', keep: { last: 1 } }],
  exclude: ['tag:scratch'],
};

let world: BackupWorld;
beforeAll(async () => {
  world = await backupWorld({ nodes: ['baobab', 'ebony'], policy: stringify(policy) });
}, 120_000);
afterAll(async () => {
  desk.remove();
  await world?.stop();
});

const node = (name: 'baobab' | 'ebony') => world.rig.node(name);
const codes = ({ reasons }: Coverage) => reasons.map(({ code }) => code);

async function row(vmid: number): Promise<Coverage> {
  const { rows } = await world.backups.overview();
  const found = rows.find(({ guest }) => guest.vmid === vmid);
  if (found === undefined) throw new Error(`there is no row of ${vmid}`);
  return found;
}

test('a guest is good when its backup was made and read, and not when its archive is gone, another one, or out of sight', async () => {
  for (const vmid of [100, 101, 102])
    node('baobab').addGuest(vmid, { name: `guest-${vmid}`, running: true, bytes: mebibyte });
  node('ebony').addGuest(200, { name: 'far', running: true, bytes: mebibyte });
  node('ebony').addGuest(201, { name: 'tried', running: true, bytes: mebibyte, lines: ['tags: scratch'] });
  await world.backups.discover(still);
  expect(codes(await row(100))).toEqual(['NEVER_BACKED_UP']);
  expect((await row(201)).state).toBe('excluded');
  expect(await desk.run(['backups'], { lab: world.rig.lab, env: world.rig.environment })).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/5 guests: 4 bad, 1 excluded/),
  });

  const guests = ['baobab/100', 'baobab/101', 'baobab/102', 'ebony/200'];
  const { ended } = await world.run({ guests });
  expect(ended.outcome).toBe('done');
  // What a run has read back needs no other discovery.
  for (const vmid of [100, 101, 102, 200])
    expect(await row(vmid)).toMatchObject({ state: 'good', reasons: [] });
  await world.backups.discover(still);
  for (const vmid of [100, 101, 102, 200])
    expect(await row(vmid)).toMatchObject({ state: 'good', reasons: [], checksum: 'known', archives: 1 });
  expect((await world.backups.archives()).map(({ state }) => state)).toEqual(Array(4).fill('checked'));
  const inOrder = await desk.run(['backups', 'status', '100'], {
    lab: world.rig.lab,
    env: world.rig.environment,
  });
  expect(inOrder).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^baobab\/100 guest-100\n +state +good/),
  });

  const [gone, other] = [100, 101].map((vmid) =>
    node('baobab')
      .list(dump)
      .find((name) => name.includes(`-${vmid}-`) && name.endsWith('.vma.zst')),
  );
  await node('baobab').exec(['rm', `${dump}/${gone}`]);
  await node('baobab').exec(['truncate', '-s', '-7', `${dump}/${other}`]);
  await node('ebony').powerOff();
  await world.backups.discover(still);
  expect(await row(100)).toMatchObject({ state: 'bad' });
  expect(codes(await row(100))).toContain('ARCHIVE_GONE');
  expect(codes(await row(101))).toContain('ARCHIVE_SIZE_DIFFERS');
  expect(await row(102)).toMatchObject({ state: 'good' });
  // The node that is off keeps its guests in the list.
  expect(await row(200)).toMatchObject({ state: 'unknown', guest: { name: 'far' } });
  expect(codes(await row(200))).toContain('NODE_SILENT');
  const states = new Map((await world.backups.archives()).map(({ name, state }) => [name, state]));
  expect([states.get(gone ?? ''), states.get(other ?? '')]).toEqual(['gone', 'failed']);

  const told = await desk.run(['backups'], { lab: world.rig.lab, env: world.rig.environment });
  expect(told.code).toBe(1);
  expect(told.stdout).toMatch(/BAD +baobab\/100[^\n]*ARCHIVE_GONE/);
  expect(told.stdout).toMatch(/ebony: NO ANSWER/);
  const listed = await desk.run(['backups', 'archives', '--guest', 'baobab/102'], {
    lab: world.rig.lab,
    env: world.rig.environment,
  });
  expect(listed.stdout.trim().split('\n')).toHaveLength(2);
  const unknown = await desk.run(['backups', 'nobody'], { lab: world.rig.lab, env: world.rig.environment });
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('nobody is no guest') });
}, 120_000);
