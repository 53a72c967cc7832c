import type { Cluster } from '../cluster/start-cluster.ts';
import { pveNode } from './booted-nodes.ts';
import type { GuestOptions } from './pve-files.ts';

const guests: Readonly<Record<string, Readonly<Record<number, GuestOptions>>>> = {
  baobab: {
    100: { name: 'titan-db', tags: 'database;prod', disks: 2 },
    101: { name: 'web', tags: 'prod' },
    102: { type: 'lxc', name: 'wiki' },
  },
  ebony: {
    200: { name: 'mail', tags: 'prod' },
    201: { type: 'lxc', name: 'dns' },
    204: { name: null, running: false, agent: false },
  },
  tapia: {
    300: { name: 'media', tags: 'portable' },
    301: { type: 'lxc', name: 'builder', tags: 'scratch' },
    302: { name: 'debian-12', template: true },
  },
};

const dump = '/mnt/pve/nas/dump';

/** Of which there are archives, and of how many days ago. */
const archived: Readonly<Record<string, Readonly<Record<number, readonly number[]>>>> = {
  baobab: { 100: [0.4, 1, 2, 3, 4, 5, 6, 7], 101: [0.5, 1.5, 2.5, 9], 102: [0.3, 1, 2] },
  // The last is not well looked after.
  ebony: { 200: [0.5, 3, 4, 20], 201: [12, 13] },
  // A guest that is gone, and whose archives are still there.
  tapia: { 305: [30, 60] },
};

/** What the operator of the demo's nodes had before Sifaka: guests, a NAS, archives of some of them. */
export async function fillDemo(cluster: Cluster): Promise<void> {
  for (const node of cluster.nodes)
    for (const [vmid, options] of Object.entries(guests[node.name] ?? {}))
      pveNode(node).addGuest(Number(vmid), options);
  const gone = pveNode(cluster.node('tapia'));
  gone.addGuest(305, { name: 'old-shop' });
  await Promise.all(
    Object.entries(archived).map(async ([name, ages]) => {
      const node = cluster.node(name);
      for (const [vmid, days] of Object.entries(ages)) {
        await node.ok('vzdump', vmid, '--storage', 'nas', '--compress', 'zstd');
        const files = pveNode(node);
        const made =
          files.list(dump).find((file) => file.includes(`-${vmid}-`) && file.endsWith('.zst')) ?? '';
        for (const day of days) files.copyArchive(`${dump}/${made}`, new Date(Date.now() - day * 86_400_000));
        files.removeArchive(`${dump}/${made}`);
      }
    }),
  );
  gone.removeGuest(305);
  await cluster.node('tapia').ok('mkdir', '/mnt/attic/sifaka');
  // Slow enough to be watched.
  for (const node of cluster.nodes)
    pveNode(node).settings({ bytesPerSecond: 1024 * 1024, progressSeconds: 0.5 });
}
