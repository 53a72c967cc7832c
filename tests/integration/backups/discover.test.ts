import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { cheapNodeTools } from '../../rig/proxmox/cheap-nodes.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import { Desk } from '../cli/run-cli.ts';
import { DiscoverWorld } from './discover-world.ts';

let world: DiscoverWorld;
let baobab: CheapNode;
let ebony: CheapNode;
/** In no cluster: what is on it nobody else knows. */
let tapia: CheapNode;
beforeAll(async () => {
  if (process.getuid?.() !== 0 || !cheapNodeTools.every(isOnPath)) return;
  world = await DiscoverWorld.start({
    pveCluster: { baobab: 'madagascar', ebony: 'madagascar', tapia: null },
    folders: ['/mnt/attic'],
    backups: {
      servers: { nas: { address: '192.0.2.50' } },
      targets: { attic: { kind: 'node-folder', server: 'nas', path: '/mnt/attic/sifaka' } },
    },
  });
  [baobab, ebony, tapia] = ['baobab', 'ebony', 'tapia'].map((name) => world.nodes.node(name)) as [
    CheapNode,
    CheapNode,
    CheapNode,
  ];
}, 120_000);
beforeEach(async (context) => {
  requireTools(context, ...cheapNodeTools);
  if (process.getuid?.() !== 0) unproven(context, 'makes namespaces, so needs root');
  for (const node of world.nodes.nodes) {
    if (!node.isOn) await node.powerOn();
    node.settings({});
    for (const vmid of node.guests()) node.removeGuest(vmid);
    await node.ok('sh', '-c', 'rm -rf /var/lib/vz/dump/* /var/lib/vz/dump/.sifaka* /mnt/pve/nas/dump/*');
  }
  world.clock.ahead = 0;
  world.forget();
});
afterAll(() => world?.stop());

/** While the node has other programs under these names, or none. */
async function insteadOf(
  node: CheapNode,
  names: readonly string[],
  script: string | undefined,
  run: () => Promise<void>,
): Promise<void> {
  for (const name of names) {
    const file = (await node.ok('sh', '-c', `command -v ${name}`)).trim();
    await node.ok('mkdir', '-p', `/root/away${file.replace(/\/[^/]*$/, '')}`);
    await node.ok('mv', file, `/root/away${file}`);
    if (script !== undefined) node.writeFile(file, `#!/bin/sh\n${script}\n`, 0o755);
  }
  try {
    await run();
  } finally {
    await node.ok(
      'sh',
      '-c',
      'cd /root/away && find . -type l -o -type f | while read -r f; do mv "$f" "/$f"; done; rm -rf /root/away',
    );
  }
}

const archive = (vmid: number, time = '2026_11_20-14_00_00') => `vzdump-qemu-${vmid}-${time}.vma.zst`;

function addArchive(node: CheapNode, folder: string, name: string, bytes = 10): void {
  node.writeFile(`${folder}/dump/${name}`, 'x'.repeat(bytes));
}

describe('a discovery', () => {
  it('finds every guest of every node, with what its configuration says of it', async () => {
    const lines = [
      'scsi1: nas:100/vm-100-disk-1.raw,backup=0,size=4M',
      'ide2: none,media=cdrom',
      'unused0: local-lvm:old',
    ];
    baobab.addGuest(100, {
      name: 'web',
      tags: 'prod;web',
      bytes: 0,
      lines: [...lines, '[before]', 'name: not-now', 'lock: snapshot'],
    });
    baobab.addGuest(101, { type: 'lxc', bytes: 0, agent: false, lock: 'backup' });
    ebony.addGuest(104, { name: null, bytes: 0, running: false, agent: false });
    const { manifest } = await world.discover();
    expect(manifest.guests).toEqual([
      {
        pveCluster: 'madagascar',
        type: 'qemu',
        vmid: 100,
        node: 'baobab',
        name: 'web',
        status: 'running',
        template: false,
        tags: ['prod', 'web'],
        diskBytes: 32 * 1024 ** 3,
        excludedDisks: ['scsi1', 'unused0'],
        agent: true,
        source: 'pvesh',
      },
      {
        pveCluster: 'madagascar',
        type: 'lxc',
        vmid: 101,
        node: 'baobab',
        name: 'ct-101',
        status: 'running',
        template: false,
        tags: [],
        lock: 'backup',
        diskBytes: 8 * 1024 ** 3,
        excludedDisks: [],
        source: 'pvesh',
      },
      {
        pveCluster: 'madagascar',
        type: 'qemu',
        vmid: 104,
        node: 'ebony',
        status: 'stopped',
        template: false,
        tags: [],
        diskBytes: 32 * 1024 ** 3,
        excludedDisks: [],
        agent: false,
        source: 'pvesh',
      },
    ]);
    expect(
      manifest.nodes.map(({ node, state, version, pveCluster }) => [node, state, version, pveCluster]),
    ).toEqual([
      ['baobab', 'answered', '8.4.1', 'madagascar'],
      ['ebony', 'answered', '8.4.1', 'madagascar'],
      ['tapia', 'answered', '8.4.1', 'tapia'],
    ]);
  });

  it('reads what pvesh says although it warns, sizes are texts, and nothing is known of a guest but its id', async () => {
    baobab.addGuest(100, { name: 'web', bytes: 0 });
    baobab.addGuest(101, { type: 'lxc', bytes: 0 });
    addArchive(baobab, '/mnt/pve/nas', archive(100), 1234);
    for (const stream of ['stdout', 'stderr'] as const) {
      baobab.settings({ faults: { ipccWarnings: stream, statusUnknown: true, sizesAreStrings: true } });
      const { manifest } = await world.discover();
      expect(manifest.guests.map(({ vmid, name, status, source }) => [vmid, name, status, source])).toEqual([
        [100, 'web', 'unknown', 'pvesh'],
        [101, 'ct-101', 'unknown', 'pvesh'],
      ]);
      expect(manifest.archives[0]?.sizeBytes).toBe(1234);
    }
  });

  it('asks qm, pct and pvesm where there is no pvesh, and reads their columns by position', async () => {
    const name = 'a-name-that-is-longer-than-its-column';
    baobab.addGuest(100, { name, bytes: 0 });
    baobab.addGuest(104, { name: null, bytes: 0, running: false });
    baobab.addGuest(105, { type: 'lxc', bytes: 0, lock: 'backup' });
    await insteadOf(baobab, ['pvesh'], undefined, async () => {
      const { manifest } = await world.discover();
      const seen = manifest.guests.map(({ vmid, status, lock, source, pveCluster, ...guest }) => [
        vmid,
        guest.name,
        status,
        lock,
        source,
        pveCluster,
      ]);
      expect(seen).toEqual([
        [100, name, 'running', undefined, 'list', 'madagascar'],
        [104, undefined, 'stopped', undefined, 'list', 'madagascar'],
        [105, 'ct-105', 'running', 'backup', 'list', 'madagascar'],
      ]);
      const [node] = manifest.nodes;
      expect(node?.storages.map(({ storage, shared, backups }) => [storage, shared, backups])).toContainEqual(
        ['nas', true, true],
      );
      // Which archives there are nobody could say.
      expect(node?.storages.find(({ storage }) => storage === 'local')?.problem?.code).toBe(
        'STORAGE_UNUSABLE',
      );
    });
  });

  it('finds archives of every kind, and those that nobody finished', async () => {
    baobab.addGuest(100, { bytes: 0 });
    addArchive(baobab, '/mnt/pve/nas', archive(100), 50);
    addArchive(baobab, '/mnt/pve/nas', `${archive(100)}.notes`);
    baobab.writeFile(`/mnt/pve/nas/dump/${archive(100)}.notes`, 'before the\nupgrade\u001b[2J');
    addArchive(baobab, '/mnt/pve/nas', `${archive(100)}.protected`, 0);
    addArchive(baobab, '/mnt/pve/nas', 'vzdump-qemu-100-2026_11_19-14_00_00.vma.dat', 7);
    addArchive(baobab, '/mnt/pve/nas', archive(999, '2037_01_01-00_00_00'));
    addArchive(ebony, '/var/lib/vz', 'vzdump-qemu-100-golden.vma.zst');
    const made = 'sifaka-export-qemu-100-2026_11_18-14_00_00';
    addArchive(ebony, '/var/lib/vz', `${made}/100.conf`, 5);
    addArchive(ebony, '/var/lib/vz', `${made}/SHA256SUMS`, 3);
    addArchive(ebony, '/var/lib/vz', '.sifaka-export-qemu-100-2026_11_17-14_00_00.partial/100.conf', 5);
    const { manifest } = await world.discover();
    const seen = manifest.archives.map(
      ({ id, sizeBytes, protected: isProtected, standardName, partial, fromTheFuture, notes }) => ({
        id,
        sizeBytes,
        is: [
          isProtected && 'protected',
          !standardName && 'renamed',
          partial && 'partial',
          fromTheFuture && 'future',
        ]
          .filter(Boolean)
          .join(' '),
        ...(notes === undefined ? {} : { notes }),
      }),
    );
    expect(seen).toEqual([
      {
        id: 'storage:ebony/local#.sifaka-export-qemu-100-2026_11_17-14_00_00.partial',
        sizeBytes: 5,
        is: 'renamed partial',
      },
      { id: `storage:ebony/local#${made}`, sizeBytes: 8, is: '' },
      { id: 'storage:ebony/local#vzdump-qemu-100-golden.vma.zst', sizeBytes: 10, is: 'renamed' },
      { id: 'storage:nas#vzdump-qemu-100-2026_11_19-14_00_00.vma.dat', sizeBytes: 7, is: 'renamed partial' },
      { id: `storage:nas#${archive(100)}`, sizeBytes: 50, is: 'protected', notes: 'before the upgrade [2J' },
      { id: `storage:nas#${archive(999, '2037_01_01-00_00_00')}`, sizeBytes: 10, is: 'future' },
    ]);
    expect(manifest.archives.find(({ id }) => id.endsWith(archive(100)))).toMatchObject({
      volid: `nas:backup/${archive(100)}`,
      node: 'baobab',
      pveCluster: 'madagascar',
      ctime: Date.UTC(2026, 10, 20, 14) / 1000,
    });
  });

  it('names the networks that a backup would touch, and the targets', async () => {
    const { manifest } = await world.discover();
    expect(manifest.nodes[0]?.routes.map(({ place, address }) => [place, address])).toEqual([
      ['storage:nas', '192.0.2.50'],
      ['target:attic', '192.0.2.50'],
    ]);
    expect(manifest.targets).toMatchObject([{ target: 'attic', kind: 'node-folder', state: 'not-set-up' }]);
  });

  it('leaves nothing on a node', async () => {
    await world.discover();
    for (const node of world.nodes.nodes) {
      expect(
        await node.ok(
          'sh',
          '-c',
          'ls -d /run/tmp.* /tmp/* 2>/dev/null; ls /var/lib/sifaka 2>/dev/null; true',
        ),
      ).toBe('');
    }
  });
});

describe('a node that does not answer', () => {
  beforeEach(async () => {
    ebony.addGuest(100, { name: 'web', bytes: 0 });
    tapia.addGuest(300, { name: 'alone', bytes: 0 });
    addArchive(ebony, '/var/lib/vz', archive(100));
    addArchive(tapia, '/var/lib/vz', archive(300));
    addArchive(baobab, '/mnt/pve/nas', archive(100));
  });

  it('is a named gap: what was known of it stays, and is dated', async () => {
    const first = (await world.discover()).manifest;
    await ebony.powerOff();
    await tapia.powerOff();
    const { manifest } = await world.discover();
    expect(manifest.nodes.map(({ node, state, problem }) => [node, state, problem?.code])).toEqual([
      ['baobab', 'answered', undefined],
      ['ebony', 'silent', 'SSH_UNREACHABLE'],
      ['tapia', 'silent', 'SSH_UNREACHABLE'],
    ]);
    expect(manifest.guests).toMatchObject([
      // Its cluster still knows of it.
      { node: 'ebony', vmid: 100, status: 'unknown', source: 'other-node' },
      { node: 'tapia', vmid: 300, name: 'alone', status: 'unknown', source: 'manifest', seenAt: first.at },
    ]);
    expect(manifest.archives.map(({ id, seenAt }) => [id, seenAt])).toEqual([
      [`storage:ebony/local#${archive(100)}`, first.at],
      [`storage:nas#${archive(100)}`, undefined],
      [`storage:tapia/local#${archive(300)}`, first.at],
    ]);
    expect(manifest.changes).toMatchObject({
      guestsGone: [],
      archivesGone: [],
      nodesSilent: ['ebony', 'tapia'],
    });
    // And a third time: seen when it was first seen.
    const third = (await world.discover()).manifest;
    expect(third.guests[1]?.seenAt).toBe(first.at);

    await ebony.powerOn();
    tapia.removeGuest(300);
    await tapia.powerOn();
    const again = (await world.discover()).manifest;
    expect(again.changes).toMatchObject({
      guestsAdded: [],
      guestsGone: ['tapia/300'],
      archivesGone: [],
      nodesSilent: [],
    });
    expect(again.guests).toMatchObject([{ node: 'ebony', vmid: 100, source: 'pvesh' }]);
    expect(again.archives.every(({ seenAt }) => seenAt === undefined)).toBe(true);
  });

  it('because its Proxmox does not, is no node without guests', async () => {
    await world.discover();
    await insteadOf(tapia, ['pvesh', 'qm'], 'echo pmxcfs is not there >&2; exit 2', async () => {
      const { manifest } = await world.discover();
      expect(manifest.nodes[2]).toMatchObject({
        node: 'tapia',
        state: 'silent',
        problem: { code: 'PVE_ANSWER_INVALID', what: expect.stringContaining('pmxcfs is not there') },
      });
      expect(manifest.guests[1]).toMatchObject({ node: 'tapia', vmid: 300, source: 'manifest' });
    });
  });

  it('because what it says cannot be read, loses nothing of what was known', async () => {
    const first = (await world.discover()).manifest;
    const said = [
      { type: 'qemu', vmid: 301, node: 'tapia' },
      { type: 'qemu', vmid: 'three hundred', node: 'tapia' },
    ];
    await tapia.ok('mv', '/etc/pve/qemu-server/300.conf', '/root/300.conf');
    await insteadOf(
      tapia,
      ['pvesh'],
      `case $2 in\n/cluster/resources) echo '${JSON.stringify(said)}' ;;\n*) echo '[7]' ;;\nesac`,
      async () => {
        const { manifest } = await world.discover();
        expect(manifest.nodes[2]).toMatchObject({
          state: 'answered',
          problem: { code: 'PVE_ANSWER_INVALID' },
        });
        expect(manifest.guests.filter(({ node }) => node === 'tapia')).toMatchObject([
          { vmid: 300, source: 'manifest', seenAt: first.at },
          { vmid: 301, source: 'pvesh' },
        ]);
        expect(manifest.changes).toMatchObject({ guestsGone: [], archivesGone: [] });
        expect(manifest.archives.find(({ place }) => place === 'storage:tapia/local')?.seenAt).toBe(first.at);
      },
    );
  });

  it('has no Proxmox: that is a refusal with a code, and what manages its guests is named', async () => {
    await insteadOf(tapia, ['pvesh', 'qm'], undefined, async () => {
      const none = (await world.discover()).manifest.nodes[2];
      expect(none).toMatchObject({ state: 'not-proxmox', other: 'none', problem: { code: 'NOT_PROXMOX' } });
      await tapia.ok('ln', '-s', '/bin/true', '/usr/bin/virsh');
      const { manifest } = await world.discover();
      await tapia.ok('rm', '/usr/bin/virsh');
      const problem = { code: 'NOT_PROXMOX' };
      expect(manifest.nodes[2]).toMatchObject({ state: 'not-proxmox', other: 'libvirt', problem });
      expect(manifest.guests.map(({ vmid }) => vmid)).toEqual([100]);
    });
  });

  it('of a storage that does not: its archives are not gone', async () => {
    const first = (await world.discover()).manifest;
    for (const node of world.nodes.nodes) node.settings({ faults: { inactiveStorages: ['nas'] } });
    const { manifest } = await world.discover();
    expect(manifest.nodes[0]?.storages.find(({ storage }) => storage === 'nas')?.problem).toMatchObject({
      code: 'STORAGE_UNUSABLE',
    });
    expect(manifest.changes.archivesGone).toEqual([]);
    expect(manifest.archives.find(({ place }) => place === 'storage:nas')?.seenAt).toBe(first.at);
    // One node that can list a shared storage is enough.
    ebony.settings({});
    const again = (await world.discover()).manifest;
    expect(again.archives.find(({ place }) => place === 'storage:nas')).not.toHaveProperty('seenAt');
  });

  it('of a row in a list: the others are seen, and what is not is not gone', async () => {
    const first = (await world.discover()).manifest;
    addArchive(baobab, '/mnt/pve/nas', archive(101));
    const row = { volid: `nas:backup/${archive(101)}`, ctime: 1_795_000_000, size: 10, format: 'vma.zst' };
    const list = JSON.stringify([row, { volid: 'nas:backup/\u001b[2J', ctime: 1, size: 1 }]);
    const script = `case $2 in\n*/nas/content) echo '${list}' ;;\n*) exec /root/away/usr/bin/pvesh "$@" ;;\nesac`;
    await ebony.powerOff();
    await insteadOf(baobab, ['pvesh'], script, async () => {
      const { manifest } = await world.discover();
      const nas = manifest.nodes[0]?.storages.find(({ storage }) => storage === 'nas');
      expect(nas?.problem?.what).toContain('1 row could not be read');
      expect(
        manifest.archives
          .filter(({ place }) => place === 'storage:nas')
          .map(({ name, seenAt }) => [name, seenAt]),
      ).toEqual([
        [archive(100), first.at],
        [archive(101), undefined],
      ]);
      expect(manifest.changes.archivesGone).toEqual([]);
    });
  });
});

describe('the manifest', () => {
  it('says what is new, and the logbook only what came, went or moved', async () => {
    baobab.addGuest(100, { bytes: 0 });
    baobab.addGuest(101, { bytes: 0 });
    const { file, manifest: first } = await world.discover();
    expect(file).toBe(`backups/manifest-${first.at.slice(0, 10)}.json`);
    expect((await world.lab.logbook(10)).map(({ summary, details }) => [summary, details])).toEqual([
      ['Discovered 2 guests on 3 nodes', ['New guests: baobab/100, baobab/101']],
    ]);
    addArchive(baobab, '/var/lib/vz', archive(100));
    const second = await world.discover();
    expect(second.manifest.changes).toMatchObject({ guestsAdded: [], archivesAdded: 1 });
    expect(await world.lab.logbook(10)).toHaveLength(1);
    // It moves, as `qm migrate` does; the other is destroyed.
    baobab.removeGuest(100);
    ebony.addGuest(100, { bytes: 0 });
    baobab.removeGuest(101);
    const { manifest } = await world.discover();
    expect(manifest.changes).toMatchObject({
      guestsAdded: [],
      guestsGone: ['baobab/101'],
      guestsMoved: [{ guest: 'ebony/100', from: 'baobab', to: 'ebony' }],
    });
    expect((await world.lab.logbook(1))[0]?.details).toEqual([
      'Guests gone: baobab/101',
      'ebony/100 was on baobab',
    ]);
    expect((await world.lab.check()).find(({ kind }) => kind === 'backup manifest')?.ok).toBe(true);
  });

  it('of a new day stands beside that of the day before, and one that cannot be read is no obstacle', async () => {
    const day = 86_400_000;
    baobab.addGuest(100, { bytes: 0 });
    world.clock.ahead = -2 * day;
    const first = await world.discover();
    world.clock.ahead = -day;
    const second = await world.discover();
    expect(second.file).not.toBe(first.file);
    expect(second.manifest.changes).toMatchObject({ since: first.manifest.at, guestsAdded: [] });
    mkdirSync(join(world.nodes.lab, 'backups'), { recursive: true });
    writeFileSync(join(world.nodes.lab, second.file), '{"schema": "sifaka.backup-manifest/1", "guests": 7}');
    // Made by a clock that was wrong: it is not the newest for good.
    writeFileSync(join(world.nodes.lab, 'backups/manifest-2099-01-01.json'), '{}');
    world.clock.ahead = 0;
    const third = await world.discover();
    expect(third.manifest.changes.since).toBeUndefined();
    expect(third.manifest.guests).toHaveLength(1);
  });

  it('says whose clock is wrong, and by how much at least', async () => {
    world.clock.ahead = -3_600_000;
    const { manifest } = await world.discover();
    for (const { clockSkewSeconds } of manifest.nodes) {
      expect(clockSkewSeconds).toBeGreaterThan(3500);
      expect(clockSkewSeconds).toBeLessThanOrEqual(3600);
    }
  });
});

describe('sifaka backups discover', () => {
  it('shows nodes, guests, storages and gaps, says what to do, and ends with 1 while a node is silent', async () => {
    const desk = new Desk();
    try {
      baobab.addGuest(100, { name: 'web', bytes: 0 });
      const run = (...args: string[]) =>
        desk.run(['backups', 'discover', ...args], { lab: world.nodes.lab, env: world.nodes.environment });
      const good = await run();
      expect(good.code).toBe(0);
      expect(good.stdout).toMatch(/^baobab\/100 +web +VM +running/m);
      expect(good.stdout).toMatch(/^tapia +yes +8\.4\.1 +-/m);
      expect(good.stdout).toContain('This is the first manifest of the lab.');
      await tapia.powerOff();
      const gap = await run();
      expect(gap.code).toBe(1);
      expect(gap.stdout).toMatch(/^tapia +NO .* \? /m);
      expect(gap.stdout).toContain('tapia: SSH_UNREACHABLE');
      expect(gap.stdout).toContain('tapia did not answer: what is there now is not known.');
    } finally {
      desk.remove();
    }
  });
});
