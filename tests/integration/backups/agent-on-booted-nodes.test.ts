import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { halfADayAway } from '../../rig/backups/half-a-day-away.ts';
import type { ClusterNode } from '../../rig/cluster/node.ts';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { pveNode } from '../../rig/proxmox/booted-nodes.ts';
import { Desk } from '../cli/run-cli.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';
import { openBackups, still, writeManifest, writePolicy } from './agent-world.ts';

const isRoot = process.getuid?.() === 0;
const policy = `schema: sifaka.backup-policy/1
timezone: Etc/UTC
rules:
  - name: nightly
    guests: [all]
    storage: nas
    schedule: { at: "${halfADayAway}" }
`;
const own = [
  '/usr/local/lib/sifaka/backup-agent',
  '/etc/sifaka/backup-agent.conf',
  '/etc/systemd/system/sifaka-backup-agent.service',
  '/etc/systemd/system/sifaka-backup-agent.timer',
  '/etc/systemd/system/timers.target.d/sifaka-backup-agent.conf',
];

let cluster: Cluster;
let baobab: ClusterNode;
let backups: Awaited<ReturnType<typeof openBackups>>;
let desk: Desk;

beforeAll(async () => {
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  cluster = await startCluster({ nodes: ['baobab', 'ebony'], ring: false, proxmox: {} });
  baobab = cluster.node('baobab');
  writeManifest(cluster.lab, ['baobab', 'ebony']);
  writePolicy(cluster.lab, policy);
  pveNode(baobab).addGuest(100, { name: 'web' });
  backups = await openBackups(cluster);
  desk = new Desk();
  await olderAgent(baobab);
});
afterAll(async () => {
  await backups?.close();
  desk?.remove();
  await cluster?.stop();
});

beforeEach((context) => {
  if (!isRoot) unproven(context, 'nodes are booted by root');
  requireTools(context, ...clusterTools);
});

async function olderAgent(node: ClusterNode) {
  node.writeFile(
    '/etc/systemd/system/backup_agent.service',
    '[Service]\nType=oneshot\nExecStart=/bin/true\n',
  );
  node.writeFile(
    '/etc/systemd/system/backup_agent.timer',
    '[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n',
  );
  await node.ok('systemctl', 'daemon-reload');
  await node.ok('systemctl', 'enable', '--now', 'backup_agent.timer');
}

async function unit(node: ClusterNode, name: string): Promise<string> {
  const enabled = await node.exec(['systemctl', 'is-enabled', name]);
  const active = await node.exec(['systemctl', 'is-active', name]);
  return `${enabled.stdout.trim()} ${active.stdout.trim()}`;
}

function present(node: ClusterNode): string[] {
  return own.filter((path) => node.exists(path));
}

/** Nothing of a deploy waits for anything any more. */
async function expectSettled(node: ClusterNode) {
  const names = ['settle', 'apply'].map((word) => `sifaka-backup-agent-${word}-*`);
  const units = ['list-units', '--all', '--plain', '--no-legend', ...names];
  await expect.poll(() => node.ok('systemctl', ...units)).toBe('');
  expect(await node.ok('find', '/etc/systemd/system', '-name', 'sifaka-backup-agent-boot*')).toBe('');
  expect(node.exists('/var/lib/sifaka/backup-agent/armed')).toBe(false);
}

function events(node: ClusterNode): Record<string, unknown>[] {
  const file = '/var/lib/sifaka/backups/events.jsonl';
  if (!node.exists(file)) return [];
  return node
    .readFile(file)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const backupsIn = (node: ClusterNode) => events(node).filter(({ event }) => event === 'backup');

/** What the agent knows is a day older. */
async function aDayLater(node: ClusterNode) {
  const back = `for f in agent/guests/*; do [ -f "$f" ] && awk '{ if ($1 != "run") $2 -= 90000; print }' "$f" >n && mv n "$f"; done
echo "$(($(date +%s) - 90000)) - -" >agent/last; touch -d '2 days ago' /etc/sifaka/backup-agent.conf`;
  await node.ok('sh', '-c', `cd /var/lib/sifaka/backups && mkdir -p agent/guests && ${back}`);
}

it('a deploy that a reboot meets is taken back, with the older agent as it was', async () => {
  pveNode(baobab).settings({ delays: { qm: 30 } });
  const { plan } = await backups.service.planAgent({ remove: false }, still);
  expect(plan.nodes).toMatchObject([
    { node: 'baobab', action: 'install', retires: ['backup_agent.timer'] },
    { node: 'ebony', action: 'install', retires: [] },
  ]);
  expect(plan.nodes[0]?.files.map(({ path }) => path).toSorted()).toEqual(own.toSorted());
  let rebooted: Promise<void> | undefined;
  const end = await backups.deploy({
    seen: ({ step }) => {
      if (step !== 'verify' || rebooted !== undefined) return;
      rebooted = (async () => {
        const during = await unit(baobab, 'backup_agent.timer');
        expect(during).toBe('disabled inactive');
        pveNode(baobab).settings({});
        await baobab.reboot({ hard: true });
      })();
    },
  });
  await rebooted;
  expect(end).toMatchObject({ outcome: 'failed', problem: { code: 'DEPLOY_ROLLED_BACK' } });
  for (const node of cluster.nodes) {
    await expect.poll(() => present(node), { timeout: 30_000 }).toEqual([]);
    await expectSettled(node);
  }
  expect(await unit(baobab, 'backup_agent.timer')).toBe('enabled active');
});

it('a deploy is proven and confirmed, and the older agent retired', async () => {
  const end = await backups.deploy();
  expect(end, JSON.stringify(end)).toMatchObject({ outcome: 'done' });
  for (const node of cluster.nodes) {
    expect(present(node)).toEqual(own);
    expect(await node.ok('systemctl', 'is-active', 'sifaka-backup-agent.timer')).toBe('active\n');
    await expectSettled(node);
    expect(await node.ok('find', '/etc', '/usr/local', '-name', '*.sifaka-*')).toBe('');
  }
  expect(await unit(baobab, 'backup_agent.timer')).toBe('disabled inactive');
  expect(baobab.exists('/etc/systemd/system/backup_agent.timer')).toBe(true);
  const states = await backups.service.agents(still);
  expect(states).toMatchObject([
    { node: 'baobab', state: 'current', guests: ['baobab/100'], version: '0.0.0' },
    { node: 'ebony', state: 'current', guests: [] },
  ]);
  for (const { nextRunAt, older } of states) {
    expect(Date.parse(nextRunAt ?? '')).toBeGreaterThan(Date.now());
    expect(older).toBeUndefined();
  }
  const { plan } = await backups.service.planAgent({ remove: false }, still);
  expect(plan.nodes.map(({ action }) => action)).toEqual(['nothing', 'nothing']);
  const logbook = await backups.lab.logbook(5);
  expect(logbook[0]).toMatchObject({ summary: 'Backup agent deployed to baobab, ebony' });
});

it('what was due while the node was off is made once it is on, by its timer', async () => {
  await baobab.ok('systemctl', 'start', 'sifaka-backup-agent.service');
  expect(backupsIn(baobab)).toEqual([]);
  await aDayLater(baobab);
  await baobab.ok('touch', '-d', '2 days ago', '/var/lib/systemd/timers/stamp-sifaka-backup-agent.timer');
  await baobab.powerOff();
  await baobab.boot();
  await expect
    .poll(() => backupsIn(baobab), { timeout: 60_000 })
    .toMatchObject([{ guest: 'qemu-100', outcome: 'done' }]);
});

it('killed in the middle, it is started again and goes on with the same backup', async () => {
  await expect
    .poll(() => baobab.exec(['systemctl', 'is-active', 'sifaka-backup-agent.service']))
    .toMatchObject({ stdout: 'inactive\n' });
  await aDayLater(baobab);
  pveNode(baobab).hold();
  await baobab.ok('systemctl', 'start', '--no-block', 'sifaka-backup-agent.service');
  await expect.poll(() => pveNode(baobab).isHeld, { timeout: 60_000 }).toBe(true);
  const running = ['systemctl', 'list-units', '--plain', '--no-legend', 'sifaka-backup-????????-*'];
  expect(await baobab.ok(...running)).toContain('sifaka-backup-');
  await baobab.ok('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', 'sifaka-backup-agent.service');
  pveNode(baobab).release();
  await expect.poll(() => backupsIn(baobab), { timeout: 60_000 }).toHaveLength(2);
  expect(backupsIn(baobab)[1]).toMatchObject({ outcome: 'done' });
  await expect
    .poll(() => events(baobab).at(-1), { timeout: 20_000 })
    .toMatchObject({ event: 'ended', made: 1, resumed: true });
  const archives = await baobab.ok('sh', '-c', 'ls /mnt/pve/nas/dump | grep -c "zst$"');
  expect(archives).toBe('2\n');
});

it('what it did is taken in once, however often it is collected', async () => {
  const first = await backups.service.collect({}, still);
  expect(first.collected).toBe(2);
  const records = await backups.service.records(10);
  expect(records).toHaveLength(2);
  for (const record of records)
    expect(record).toMatchObject({
      by: 'agent',
      outcome: 'made',
      rule: 'nightly',
      place: 'storage:nas',
      guest: { node: 'baobab', vmid: 100, pveCluster: 'madagascar' },
    });
  const logbook = await backups.lab.logbook(100);
  expect((await backups.service.collect({}, still)).collected).toBe(0);
  expect(await backups.lab.logbook(100)).toEqual(logbook);
});

it('it is taken away, and what it made stays', async () => {
  const end = await backups.deploy({ remove: true });
  expect(end, JSON.stringify(end)).toMatchObject({ outcome: 'done' });
  for (const node of cluster.nodes) {
    expect(present(node)).toEqual([]);
    expect(await unit(node, 'sifaka-backup-agent.timer')).toMatch(/inactive$/);
    await expectSettled(node);
  }
  expect(backupsIn(baobab)).toHaveLength(2);
  const states = await backups.service.agents(still);
  expect(states.map(({ state }) => state)).toEqual(['absent', 'absent']);
});

it('sifaka backups agent: plan, deploy, status, collect and remove', async () => {
  const unasked = await sifaka('deploy', '--nodes', 'ebony');
  expect([unasked.code, unasked.stderr]).toEqual([3, expect.stringContaining('CONFIRMATION_REQUIRED')]);
  const plan = await sifaka('plan', '--nodes', 'ebony');
  expect(plan.code, plan.stderr).toBe(0);
  expect(plan.stdout).toContain('ebony: the agent is installed\n');
  expect(plan.stdout).toContain(`+OnCalendar=*-*-* ${halfADayAway}:00 Etc/UTC`);
  expect(plan.stdout).toMatch(/backup-agent {2}new, \d+ lines that differ\n/);
  expect(plan.stdout).toContain('Nothing was changed. Next: sifaka backups agent deploy');
  expect(present(ebonyOf())).toEqual([]);
  const deployed = await sifaka('deploy', '--nodes', 'ebony', '--yes');
  expect(deployed.code, deployed.stderr).toBe(0);
  expect(deployed.stdout).toMatch(/ebony +as the policy says/);
  expect(present(ebonyOf())).toEqual(own);
  const status = await sifaka('status');
  expect(status.code).toBe(1);
  expect(status.stdout).toMatch(/baobab +NONE/);
  const taken = await sifaka('collect', '--nodes', 'ebony');
  expect([taken.code, taken.stdout.split('\n')[0]]).toEqual([0, '0 backups were taken in.']);
  const nowhere = await sifaka('plan', '--nodes', 'nowhere');
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('NODE_UNKNOWN')]);
  const removed = await sifaka('remove', '--nodes', 'ebony', '--yes');
  expect(removed.code, removed.stderr).toBe(0);
  expect(present(ebonyOf())).toEqual([]);
});

function sifaka(...args: string[]) {
  return desk.run(['backups', 'agent', ...args], { lab: cluster.lab, env: { ...cluster.environment } });
}

function ebonyOf(): ClusterNode {
  return cluster.node('ebony');
}
