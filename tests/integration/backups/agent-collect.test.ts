import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AgentOnNode, agentState, policyOf } from '../../rig/backups/agent-on-node.ts';
import { halfADayAway } from '../../rig/backups/half-a-day-away.ts';
import type { CheapNode } from '../../rig/proxmox/cheap-node.ts';
import { type CheapNodes, cheapNodes, cheapNodeTools } from '../../rig/proxmox/cheap-nodes.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { openBackups, still, writeManifest } from './agent-world.ts';

const isRoot = process.getuid?.() === 0;
const policy = `schema: sifaka.backup-policy/1
timezone: Etc/UTC
rules:
  - name: rule0
    guests: [all]
    storage: nas
    targets: [desk]
    schedule: { at: "${halfADayAway}" }
`;

/** A disk of the operator's machine. */
let attic: string | undefined;
let rig: CheapNodes;
let node: CheapNode;
let agent: AgentOnNode;
let backups: Awaited<ReturnType<typeof openBackups>>;

beforeAll(async () => {
  if (!isRoot || !cheapNodeTools.every(isOnPath)) return;
  attic = mkdtempSync(join(tmpdir(), 'sifaka-attic-'));
  rig = await cheapNodes({
    nodes: ['baobab', 'ebony'],
    policy,
    backups: { targets: { desk: { kind: 'local-folder', path: attic } } },
  });
  node = rig.node('baobab');
  writeManifest(rig.lab, ['baobab', 'ebony']);
  backups = await openBackups(rig);
  agent = new AgentOnNode(node, policyOf([{ schedule: { at: halfADayAway }, targets: ['desk'] }]), {
    targets: new Map([['desk', { kind: 'local-folder' as const, path: attic }]]),
  });
});
afterAll(async () => {
  await backups?.close();
  await rig?.stop();
  if (attic !== undefined) rmSync(attic, { recursive: true, force: true });
});
beforeEach((context) => {
  if (!isRoot) unproven(context, 'nodes are made by root');
  requireTools(context, ...cheapNodeTools);
});

const encoded = (text: string) => Buffer.from(text).toString('base64');

const append = (line: object | string) =>
  node.exec(['sh', '-c', `mkdir -p ${agentState}; cat >>${agentState}/events.jsonl`], {
    input: `${typeof line === 'string' ? line : JSON.stringify(line)}\n`,
  });

it('what could not be backed up is a record too, in words of ours', async () => {
  node.addGuest(100, { name: 'web', lock: 'migrate' });
  await agent.anotherDay();
  await agent.run();
  const { collected, nodes } = await backups.service.collect({}, still);
  expect(collected).toBe(1);
  expect(nodes.map(({ state }) => state)).toEqual(['foreign', 'absent']);
  const [record] = await backups.service.records(5);
  expect(record).toMatchObject({
    by: 'agent',
    outcome: 'failed',
    problem: { code: 'GUEST_LOCKED' },
    guest: { node: 'baobab', vmid: 100 },
  });
  const [ended, failed] = await backups.lab.logbook(2);
  expect(failed?.summary).toBe("The agent's backup of baobab/100 did not come about: failed");
  expect(ended?.summary).toBe('The agent of baobab is done: 0 made, 1 failed, 0 waited in vain');
});

it('a node that is silent is named, and what it did is taken in when it answers again', async () => {
  node.removeGuest(100);
  node.addGuest(101);
  await agent.anotherDay();
  await agent.run();
  await node.killSshd();
  const silent = await backups.service.collect({}, still);
  expect(silent).toMatchObject({ collected: 0, nodes: [{ state: 'silent' }, { state: 'absent' }] });
  await node.startSshd();
  const heard = await backups.service.collect({}, still);
  expect(heard.collected).toBe(1);
  const [record] = await backups.service.records(1);
  expect(record).toMatchObject({ outcome: 'made', guest: { vmid: 101 }, by: 'agent' });
  // Beside its archive, too.
  expect(node.list('/mnt/pve/nas/dump').filter((name) => name.endsWith('.sifaka.json'))).toEqual([
    `${record?.archive}.sifaka.json`,
  ]);
  // What the agent has no way to is copied here; where that cannot be done, it is said and not called a copy.
  const end = await backups.ended(heard.jobId ?? '');
  expect(end).toMatchObject({ outcome: 'failed', problem: { code: 'TARGET_UNMOUNTED' } });
  expect((await backups.service.records(1))[0]?.copies).toMatchObject([{ target: 'desk', state: 'failed' }]);
});

it('records that were lost come back, and the logbook says nothing twice', async () => {
  const before = await backups.lab.logbook(100);
  const kept = await backups.service.records(10);
  await backups.lab.writeBytes(
    'backups/backups.json',
    Buffer.from('{"schema":"sifaka.backups/1","backups":[]}'),
    {},
  );
  await backups.lab.writeBytes(
    'backups/agents.json',
    Buffer.from('{"schema":"sifaka.backup-agents/1","at":"2026-11-20T12:00:00.000Z","nodes":[]}'),
    {},
  );
  const again = await backups.service.collect({}, still);
  expect(again.collected).toBe(2);
  if (again.jobId !== undefined) await backups.ended(again.jobId);
  expect((await backups.service.records(10)).map(({ id }) => id).toSorted()).toEqual(
    kept.map(({ id }) => id).toSorted(),
  );
  const about = (entries: typeof before) => entries.filter(({ summary }) => summary.includes('agent'));
  expect(about(await backups.lab.logbook(100))).toEqual(about(before));
});

it('lines of a node that are no events, or about what is not its own, change nothing', async () => {
  const [own] = await backups.service.records(1);
  const before = await backups.service.records(100);
  const at = 1_795_000_000;
  const id = '0d5f1c1e-7a55-4a55-9a55-0123456789ab';
  const backup = {
    id,
    at,
    node: 'baobab',
    event: 'backup',
    guest: 'qemu-101',
    cluster: 'madagascar',
    outcome: 'done',
    place: 'storage:nas',
    started: at,
    targets: [],
    log: '',
  };
  const words =
    'type qemu\nvmid 101\nstorage nas\nmode snapshot\ncompress zstd\nbwlimit 0\nprune -\nmethod vzdump\n';
  const result = encoded(
    [
      'state done',
      'ended 1795000000',
      'dumped 0 5',
      'archive vzdump-qemu-101-2026_11_20-14_00_00.vma.zst',
      'volid nas:backup/vzdump-qemu-101-2026_11_20-14_00_00.vma.zst',
      `path ${encoded('/mnt/pve/nas/dump/vzdump-qemu-101-2026_11_20-14_00_00.vma.zst')}`,
      'size 5',
      `file 5 ${'a'.repeat(64)} vzdump-qemu-101-2026_11_20-14_00_00.vma.zst`,
      '',
    ].join('\n'),
  );
  await append('not json');
  await append('\u001b[2J{"id":1}');
  await append({ ...backup, request: encoded(`by operator\n${words}`), result });
  await append({ ...backup, request: encoded(`by agent\n${words}`), result, guest: 'qemu-999' });
  await append({ ...backup, request: encoded('by agent\ntype $(id)\n'), result });
  await append({ ...backup, place: '../../etc', request: encoded(`by agent\n${words}`), result });
  await append({
    id: '1d5f1c1e-7a55-4a55-9a55-0123456789ab',
    at,
    event: 'copy',
    backup: own?.id,
    target: 'desk',
    state: 'sure',
  });
  expect((await backups.service.collect({}, still)).collected).toBe(0);
  expect(await backups.service.records(100)).toEqual(before);
  // Another node cannot speak of this one's backups; and what is `made` is only what its log says was finished.
  await rig.node('ebony').exec(['sh', '-c', `mkdir -p ${agentState}; cat >${agentState}/events.jsonl`], {
    input: `${JSON.stringify({ id: '2d5f1c1e-7a55-4a55-9a55-0123456789ab', at, event: 'copy', backup: own?.id, target: 'desk', state: 'verified' })}\n`,
  });
  const unread = '3d5f1c1e-7a55-4a55-9a55-0123456789ab';
  await append({ ...backup, id: unread, request: encoded(`by agent\n${words}`), result });
  expect((await backups.service.collect({}, still)).collected).toBe(1);
  const after = await backups.service.records(100);
  expect(after.find((record) => record.id === unread)).toMatchObject({ outcome: 'failed', by: 'agent' });
  expect(after.find((record) => record.id === own?.id)?.copies).toMatchObject([{ state: 'failed' }]);
});

it('a rotated file of events is read as one with the newer', async () => {
  await node.ok('mv', `${agentState}/events.jsonl`, `${agentState}/events.jsonl.1`);
  node.addGuest(102);
  await agent.anotherDay();
  await agent.run();
  expect((await backups.service.collect({}, still)).collected).toBe(2);
  expect((await backups.service.collect({}, still)).collected).toBe(0);
});

it('copies that the agent has no way to are made by the next collection', async () => {
  // The collections before this one began copies, too, which fail where nothing is set up.
  for (const { id, state } of await backups.jobs.list()) if (state === 'running') await backups.ended(id);
  expect(await backups.service.initTarget('desk', still)).toMatchObject({ state: 'ready' });
  const { jobId = '' } = await backups.service.collect({}, still);
  expect(await backups.ended(jobId)).toMatchObject({ outcome: 'done', report: { kind: 'backup-run' } });
  const made = (await backups.service.records(100)).filter(({ outcome }) => outcome === 'made');
  expect(made.length).toBeGreaterThan(1);
  for (const { copies, archive = '', guest } of made) {
    expect(copies).toMatchObject([{ target: 'desk', state: 'verified' }]);
    const folder = join(attic ?? '', 'madagascar', `${guest.type}-${guest.vmid}`, archive);
    expect(readdirSync(folder).toSorted()).toEqual(['sifaka-backup.json', archive]);
  }
  expect((await backups.service.collect({}, still)).jobId).toBeUndefined();
});

it('a node that the newest discovery did not hear is what an earlier one saw, and one that none did is refused', async () => {
  const plan = async () =>
    (await backups.service.planAgent({ nodes: ['ebony'], remove: false }, still)).plan.nodes[0];
  const before = await plan();
  const silent = JSON.parse(
    Buffer.from(await backups.lab.readBytes('backups/manifest-2026-11-20.json', 1e6)).toString(),
  );
  for (const one of silent.nodes)
    Object.assign(one, { state: 'silent', storages: [], pveCluster: undefined });
  await backups.lab.writeBytes('backups/manifest-2026-11-21.json', Buffer.from(JSON.stringify(silent)), {});
  expect(await plan()).toEqual(before);
  await backups.lab.writeBytes('backups/manifest-2026-11-20.json', Buffer.from(JSON.stringify(silent)), {});
  await expect(plan()).rejects.toMatchObject({ code: 'AGENT_REFUSED' });
});
