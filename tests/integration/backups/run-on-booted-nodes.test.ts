import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ClusterNode } from '../../rig/cluster/node.ts';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { pveNode } from '../../rig/proxmox/booted-nodes.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { type OpenBackups, openBackups } from './backup-world.ts';

const isRoot = process.getuid?.() === 0;
const mebibyte = 1024 * 1024;
const dump = '/mnt/pve/nas/dump';

let cluster: Cluster;
let node: ClusterNode;
let world: OpenBackups;

beforeAll(async () => {
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  cluster = await startCluster({ nodes: ['baobab'], ring: false, proxmox: {} });
  node = cluster.node('baobab');
  world = await openBackups(cluster);
}, 180_000);
afterAll(async () => {
  await world?.close();
  await cluster?.stop();
});
beforeEach((context) => {
  if (!isRoot) unproven(context, 'nodes are booted by root');
  requireTools(context, ...clusterTools);
});

/** Begins the backup of a guest of this id; resolves when vzdump is in the middle of it. */
async function begun(vmid: number): Promise<string> {
  pveNode(node).hold();
  pveNode(node).addGuest(vmid, { running: true, bytes: mebibyte });
  const job = await world.start({ guests: [`baobab/${vmid}`], storage: 'nas' });
  await expect.poll(() => pveNode(node).isHeld, { timeout: 60_000 }).toBe(true);
  return job;
}

const filesOf = (vmid: number) =>
  pveNode(node)
    .list(dump)
    .filter((name) => name.includes(`-${vmid}-`) && !name.endsWith('.log'));
const units = () => node.ok('systemctl', 'list-units', '--all', '--plain', '--no-legend', 'sifaka-backup-*');

test('it is a unit of systemd, outlives every session, and leaves no unit', async () => {
  const job = await begun(100);
  expect(await units()).toMatch(
    /^sifaka-backup-[0-9a-f-]{36}\.service +loaded active running Backup of guest 100/,
  );
  await node.killSshd();
  await node.startSshd();
  pveNode(node).release();
  const { ended } = await world.ended(job);
  expect(ended.problem).toBeUndefined();
  const [record] = await world.records();
  expect(record).toMatchObject({ outcome: 'made', guest: { vmid: 100 } });
  await expect.poll(units).toBe('');
});

test('stopping its unit, as a shutdown does, lets vzdump unlock the guest', async () => {
  const job = await begun(101);
  const [unit = ''] = (await units()).split(' ');
  await node.ok('systemctl', 'stop', unit);
  const { ended } = await world.ended(job);
  expect(ended.problem).toMatchObject({ code: 'CANCELLED' });
  expect((await world.records())[0]).toMatchObject({ outcome: 'cancelled', guest: { vmid: 101 } });
  expect(filesOf(101)).toEqual([]);
  expect(pveNode(node).guestConfig(101)).not.toContain('lock:');
});

test('a node without power in the middle has no backup, and says so when it is back', async () => {
  const job = await begun(102);
  await node.reboot({ hard: true });
  const { ended } = await world.ended(job);
  expect(ended.problem).toMatchObject({ code: 'BACKUP_FAILED' });
  expect((await world.records())[0]).toMatchObject({ outcome: 'cut-off', guest: { vmid: 102 } });
  expect(filesOf(102)).toEqual([]);
  expect(pveNode(node).guestConfig(102)).not.toContain('lock:');
});
