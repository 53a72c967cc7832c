import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backupRecordSchema } from '../../../shared/schemas/backup-record.ts';
import { AgentOnNode, agentState, policyOf } from '../../rig/backups/agent-on-node.ts';
import { halfADayAway } from '../../rig/backups/half-a-day-away.ts';
import { type CheapNodes, cheapNodes, cheapNodeTools } from '../../rig/proxmox/cheap-nodes.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import { dumpedOn, killInTheMiddle, wrongAfterwards } from '../../rig/backups/kill-agent.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';

let rig: CheapNodes;
let node: CheapNode;

beforeAll(async () => {
  if (process.getuid?.() !== 0 || !cheapNodeTools.every(isOnPath)) return;
  rig = await cheapNodes({ nodes: ['baobab', 'ebony'] });
  node = rig.node('baobab');
});
afterAll(() => rig?.stop());

beforeEach(async (context) => {
  if (process.getuid?.() !== 0) unproven(context, 'nodes are made by root');
  requireTools(context, ...cheapNodeTools);
  for (const vmid of node.guests()) node.removeGuest(vmid);
  node.settings({});
  await node.ok('sh', '-c', 'rm -rf /var/lib/sifaka /mnt/pve/nas/dump/* /var/lib/vz/dump/* /mnt/copies');
});

const nightly = { schedule: { at: halfADayAway } };

describe.each([
  ['dash', []],
  ['busybox', ['busybox', 'sh']],
] as const)('run by %s', (_, shell) => {
  it('makes what is due, and says so', async () => {
    node.addGuest(100, { name: 'web' });
    node.addGuest(101, { type: 'lxc', name: null });
    const agent = new AgentOnNode(node, policyOf([nightly]), { shell });
    await agent.anotherDay();
    const { code, stderr } = await agent.run();
    expect([code, stderr]).toEqual([0, '']);
    expect(agent.backups()).toMatchObject([
      { guest: 'qemu-100', outcome: 'done' },
      { guest: 'lxc-101', outcome: 'done' },
    ]);
    expect(agent.events().at(-1)).toMatchObject({ event: 'ended', made: 2, failed: 0, skipped: 0 });
    const archives = node.list('/mnt/pve/nas/dump').filter((name) => name.endsWith('.zst'));
    expect(archives).toHaveLength(2);
    // Again: nothing is due.
    expect((await agent.run()).code).toBe(0);
    expect(agent.backups()).toHaveLength(2);
    const check = (await agent.check()).stdout;
    expect(check).toMatch(/^sifaka-backup-agent\/1\nconfig valid 0\.0\.0 baobab\nlock free\nlast /);
    expect(check).toMatch(/guest qemu 100 1 rule0 \d+\n/);
  });
});

describe('a guest that cannot be backed up', () => {
  it('is tried again at each look, and no more than three times for one night', async () => {
    node.addGuest(100, { lock: 'migrate' });
    const agent = new AgentOnNode(node, policyOf([nightly]));
    await agent.anotherDay();
    for (let look = 0; look < 5; look += 1) await agent.run();
    expect(agent.backups()).toMatchObject([
      { guest: 'qemu-100', outcome: 'failed' },
      { outcome: 'failed' },
      { outcome: 'failed' },
    ]);
    // The next night it is tried again.
    await agent.anotherDay();
    expect((await agent.run()).code).toBe(1);
    expect(agent.backups()).toHaveLength(4);
  });

  it('keeps the others waiting no longer than is said, when its storage is in use', async () => {
    node.addGuest(100);
    const agent = new AgentOnNode(node, policyOf([nightly]), {
      patched: ['most_of_waiting=7200', 'most_of_waiting=2'],
    });
    await agent.anotherDay();
    // A run of Sifaka's own, which a process here is at.
    const id = '0d5f1c1e-7a55-4a55-9a55-0123456789ab';
    const busy = `mkdir -p "$1" && cd "$1" && printf '%s\\n' 'by operator' 'storage nas' >request && : >log
echo "$$ $(sed 's/.*) //' /proc/$$/stat | cut -d ' ' -f 20) $(cat /proc/sys/kernel/random/boot_id)" >owner; sleep 60 & echo $! >pid; wait`;
    const holder = node.exec(['sh', '-c', busy, 'sh', `${agentState}/runs/${id}`]);
    await expect.poll(() => node.exists(`${agentState}/runs/${id}/pid`)).toBe(true);
    expect((await agent.run()).code).toBe(1);
    expect(agent.events()).toMatchObject([
      { event: 'skipped', guest: 'qemu-100', why: 'storage-busy', storage: 'nas' },
      { event: 'ended', made: 0, skipped: 1 },
    ]);
    await node.ok('sh', '-c', `kill "$(cat ${agentState}/runs/${id}/pid)"`);
    await holder;
    expect((await agent.run()).code).toBe(0);
    expect(agent.backups()).toMatchObject([{ outcome: 'done' }]);
  });
});

it('guests that it cannot be told of are no empty list', async () => {
  node.addGuest(100);
  const agent = new AgentOnNode(node, policyOf([nightly]));
  await agent.anotherDay();
  await node.ok('mv', '/usr/sbin/pct', '/usr/sbin/.pct');
  try {
    expect((await agent.run()).code).toBe(1);
    expect(agent.events()).toMatchObject([
      { event: 'failed', why: 'guests-unknown' },
      { event: 'ended', failed: 1 },
    ]);
    expect((await agent.check()).stdout).toContain('guests unknown\n');
  } finally {
    await node.ok('mv', '/usr/sbin/.pct', '/usr/sbin/pct');
  }
});

it('only guests that live here now are its own', async () => {
  node.addGuest(100);
  rig.node('ebony').addGuest(200);
  const agent = new AgentOnNode(node, policyOf([nightly]));
  await agent.anotherDay();
  await agent.run();
  expect(agent.backups()).toMatchObject([{ guest: 'qemu-100' }]);
  rig.node('ebony').removeGuest(200);
});

it('a rule that says so has vzdump remove what is too old', async () => {
  node.addGuest(100);
  const agent = new AgentOnNode(node, policyOf([{ ...nightly, pruneBy: 'vzdump', keep: { last: 2 } }]));
  for (let night = 0; night < 3; night += 1) {
    await agent.anotherDay();
    await agent.run();
  }
  expect(agent.backups()).toHaveLength(3);
  expect(dumpedOn(agent).archives.size).toBe(2);
});

describe('its lock', () => {
  it('is nobody’s when its process is gone, although another one has its number by now', async () => {
    const agent = new AgentOnNode(node, policyOf([nightly]));
    await agent.run();
    const boot = (await node.ok('cat', '/proc/sys/kernel/random/boot_id')).trim();
    for (const holder of [
      `1 999999999 ${boot}`,
      `1 1 0d5f1c1e-7a55-4a55-9a55-0123456789ab`,
      'nonsense',
      '',
    ]) {
      node.writeFile(`${agentState}/agent/lock`, `${holder}\n`);
      expect(await agent.run(), holder).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('is respected while its process is', async () => {
    node.addGuest(100);
    const agent = new AgentOnNode(node, policyOf([nightly]));
    await agent.anotherDay();
    node.hold();
    const first = agent.run();
    await expect.poll(() => node.isHeld, { timeout: 60_000 }).toBe(true);
    expect(await agent.run()).toMatchObject({ code: 0, stderr: 'another agent is at work\n' });
    node.release();
    expect((await first).code).toBe(0);
    expect(agent.backups()).toHaveLength(1);
  });
});

it('an event that was cut in the middle spoils none after it', async () => {
  node.addGuest(100);
  const agent = new AgentOnNode(node, policyOf([nightly]));
  await agent.anotherDay();
  await node.ok('mkdir', '-p', agentState);
  node.writeFile(`${agentState}/events.jsonl`, '{"id":"0d5f1c1e-7a55-4a55');
  await agent.run();
  expect(agent.events().map(({ event }) => event)).toEqual(['backup', 'ended']);
});

it('a clock that was years ahead once does not keep it from what is due by now', async () => {
  node.addGuest(100);
  const agent = new AgentOnNode(node, policyOf([nightly]));
  await agent.anotherDay();
  await agent.run();
  expect(agent.backups()).toHaveLength(1);
  const ahead = `sed -i -E '/^run /!s/ ([0-9]{10})/ 2\\1/' "$0"/agent/guests/*`;
  await node.ok('sh', '-c', ahead, agentState);
  expect(node.readFile(`${agentState}/agent/guests/qemu-100`)).toMatch(/^success 2\d{10}$/m);
  await agent.run();
  expect(agent.backups()).toHaveLength(2);
  // What it knows of it is of now again.
  await agent.run();
  expect(agent.backups()).toHaveLength(2);
});

it('a backup that could not be told of is told of by the next look', async () => {
  node.addGuest(100);
  const agent = new AgentOnNode(node, policyOf([nightly]));
  await agent.anotherDay();
  await node.ok('mkdir', '-p', `${agentState}/events.jsonl`);
  await agent.run();
  expect(dumpedOn(agent).archives.size).toBe(1);
  await node.ok('rmdir', `${agentState}/events.jsonl`);
  await agent.run();
  expect(agent.backups()).toMatchObject([{ guest: 'qemu-100', outcome: 'done' }]);
  expect(dumpedOn(agent).archives.size).toBe(1);
});

describe('copies', () => {
  const labId = '0d5f1c1e-7a55-4a55-9a55-0123456789ab';
  const targets = new Map([
    ['attic', { kind: 'node-folder' as const, path: '/mnt/copies' }],
    ['offsite', { kind: 'local-folder' as const, path: '/elsewhere' }],
  ]);
  const policy = policyOf([{ ...nightly, targets: ['attic', 'offsite'] }]);
  const mark = JSON.stringify({ schema: 'sifaka.backup-target/1', lab: labId, target: 'attic' });

  it('go to a folder that has the mark, with the record last, and are read again', async () => {
    node.addGuest(100, { name: 'web' });
    node.writeFile('/mnt/copies/.sifaka-backup-target', mark);
    const agent = new AgentOnNode(node, policy, { targets, labId });
    await agent.anotherDay();
    expect((await agent.run()).code).toBe(0);
    const [made] = agent.backups();
    expect(made).toMatchObject({ outcome: 'done', targets: ['attic', 'offsite'] });
    expect(agent.events().filter(({ event }) => event === 'copy')).toMatchObject([
      { backup: made?.id, target: 'attic', state: 'verified' },
    ]);
    const name = [...dumpedOn(agent).archives.keys()][0] ?? '';
    const folder = `/mnt/copies/madagascar/qemu-100/${name}`;
    expect(node.list(folder)).toEqual(['sifaka-backup.json', name]);
    expect(node.readBytes(`${folder}/${name}`).equals(node.readBytes(`/mnt/pve/nas/dump/${name}`))).toBe(
      true,
    );
    const record = backupRecordSchema.parse(JSON.parse(node.readFile(`${folder}/sifaka-backup.json`)));
    expect(record).toMatchObject({
      id: made?.id,
      by: 'agent',
      outcome: 'made',
      place: 'storage:nas',
      archive: name,
      guest: { pveCluster: 'madagascar', type: 'qemu', vmid: 100, node: 'baobab' },
    });
    expect(record.files[0]?.sizeBytes).toBe(record.sizeBytes);
  });

  it('are written through no link, and no folder is made behind one', async () => {
    node.addGuest(100);
    await node.ok('mkdir', '-p', '/mnt/copies', '/srv/elsewhere');
    const agent = new AgentOnNode(node, policy, { targets, labId });
    await agent.anotherDay();
    await agent.run();
    const name = [...dumpedOn(agent).archives.keys()][0] ?? '';
    node.writeFile('/mnt/copies/.sifaka-backup-target', mark);
    await node.ok('ln', '-s', '/srv/elsewhere', '/mnt/copies/madagascar');
    await agent.run();
    expect(node.list('/srv/elsewhere')).toEqual([]);
    node.writeFile('/srv/elsewhere/ours', 'as it was');
    const folder = `/mnt/copies/madagascar/qemu-100/${name}`;
    await node.ok(
      'sh',
      '-c',
      'rm /mnt/copies/madagascar; mkdir -p "$0"; ln -s /srv/elsewhere/ours "$0/sifaka-backup.json.sifaka-part"',
      folder,
    );
    await agent.run();
    expect(node.readFile('/srv/elsewhere/ours')).toBe('as it was');
    expect(node.list(folder)).toEqual(['sifaka-backup.json', name]);
    expect(
      backupRecordSchema.safeParse(JSON.parse(node.readFile(`${folder}/sifaka-backup.json`))),
    ).toMatchObject({ success: true });
    await node.ok('rm', '-r', '/srv/elsewhere');
  });

  it('wait for a folder that has it not, and it is said once', async () => {
    node.addGuest(100);
    await node.ok('mkdir', '-p', '/mnt/copies');
    const agent = new AgentOnNode(node, policy, { targets, labId });
    await agent.anotherDay();
    for (let look = 0; look < 3; look += 1) await agent.run();
    const copies = () => agent.events().filter(({ event }) => event === 'copy');
    expect(copies()).toMatchObject([{ target: 'attic', state: 'failed', why: 'unmounted' }]);
    expect(node.list('/mnt/copies')).toEqual([]);
    node.writeFile('/mnt/copies/.sifaka-backup-target', mark.replace(labId, labId.replace('0', '1')));
    await agent.run();
    expect(node.list('/mnt/copies')).toEqual(['.sifaka-backup-target']);
    // Another target of the same lab, mounted in the place of this one.
    node.writeFile('/mnt/copies/.sifaka-backup-target', mark.replace('attic', 'cellar'));
    await agent.run();
    expect(node.list('/mnt/copies')).toEqual(['.sifaka-backup-target']);
    node.writeFile('/mnt/copies/.sifaka-backup-target', mark);
    await agent.run();
    expect(copies()).toMatchObject([{ state: 'failed' }, { state: 'verified' }]);
  });
});

/** One of the moments that the long tests try a hundred of. */
describe('killed in the middle', () => {
  it('as a worker of vzdump that dies: its guest is unlocked, and what it half wrote is removed', async () => {
    node.addGuest(100);
    const agent = new AgentOnNode(node, policyOf([nightly]));
    await agent.anotherDay();
    node.settings({ faults: { diesAt: 0.4 } });
    const before = dumpedOn(agent);
    expect((await agent.run()).code).toBe(1);
    expect(agent.events()).toMatchObject([
      { event: 'unlocked', guest: 'qemu-100' },
      { event: 'backup', outcome: 'failed' },
      { event: 'ended', failed: 1 },
    ]);
    node.settings({});
    expect(await wrongAfterwards(agent, before, ['qemu-100'])).toEqual([]);
  });

  it.each(['worker', 'all'] as const)(
    'as vzdump that dies before it has said what its archive is called (%s): its folder goes, and no other one',
    async (diesEarly) => {
      node.addGuest(100);
      const agent = new AgentOnNode(node, policyOf([nightly]));
      await agent.anotherDay();
      // Of another guest, of this one at other times, and what is no folder of vzdump's.
      const others = [
        'vzdump-qemu-1001-%Y',
        'vzdump-lxc-100-%Y',
        'vzdump-qemu-100-1999',
        'vzdump-qemu-100-2999',
      ];
      const date =
        'set -e; for name; do mkdir -p "$(date +/mnt/pve/nas/dump/"$name"_%m_%d-%H_%M_%S.tmp)"; done';
      await node.ok('sh', '-c', date, 'sh', ...others, 'vzdump-qemu-100-elsewhere-%Y');
      const before = dumpedOn(agent);
      expect(before.partial).toHaveLength(5);
      node.settings({ faults: { diesEarly } });
      expect((await agent.run()).code).toBe(1);
      node.settings({});
      expect(dumpedOn(agent).partial).toEqual(before.partial);
      await node.ok('sh', '-c', 'rm -r /mnt/pve/nas/dump/*.tmp');
      // By then it was tried as often as it is for one night, where the whole of vzdump died.
      await agent.anotherDay();
      expect(await wrongAfterwards(agent, before, ['qemu-100'])).toEqual([]);
    },
  );

  it('a lock that somebody else has put on a guest stays', async () => {
    node.addGuest(100, { lock: 'backup' });
    const agent = new AgentOnNode(node, policyOf([nightly]));
    await agent.anotherDay();
    expect((await agent.run()).code).toBe(1);
    expect(node.guestConfig(100)).toContain('lock: backup');
  });

  it.each([
    ['agent', 900],
    ['runner', 700],
    ['vzdump', 1100],
    ['all', 800],
    ['power', 1000],
  ] as const)(
    '%s: no archive is lost, none is called done that is not, and the next look goes on',
    async (victim, milliseconds) => {
      node.addGuest(100, { name: 'web', bytes: 8_000_000, filled: 6_000_000 });
      const agent = new AgentOnNode(node, policyOf([nightly]));
      await agent.anotherDay();
      await agent.run();
      await agent.anotherDay();
      node.settings({ bytesPerSecond: 5_000_000 });
      const before = dumpedOn(agent);
      await killInTheMiddle(agent, { victim, milliseconds });
      node.settings({});
      expect(await wrongAfterwards(agent, before, ['qemu-100'])).toEqual([]);
      expect(agent.backups().filter(({ outcome }) => outcome === 'done')).toHaveLength(2);
      // The very run that was cut off was taken up again: nothing was dumped that nobody heard of.
      if (victim === 'agent') expect(dumpedOn(agent).archives.size).toBe(2);
    },
  );
});
