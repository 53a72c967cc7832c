import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hierarchies, removeAbandoned } from '../../rig/cluster/abandoned.ts';
import { type OpenCluster, openCluster } from '../../rig/cluster/open-cluster.ts';
import { type Cluster, clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../../rig/required-tools.ts';

const owner = fileURLToPath(new URL('cluster-owner-process.ts', import.meta.url));
const still = new AbortController().signal;
const isRoot = process.getuid?.() === 0;
let cluster: Cluster;
let open: OpenCluster;

beforeAll(async () => {
  // What is missing is said by each test.
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  cluster = await startCluster();
  open = await openCluster(cluster);
});
afterAll(async () => {
  open?.ssh.close();
  await cluster?.stop();
});

describe('a cluster of booted nodes', () => {
  it('answers over SSH, with the keys and the names of its lab', async (context) => {
    need(context);
    const said = await Promise.all(cluster.nodes.map(({ name }) => overSsh(name, 'hostname')));
    expect(said).toEqual(['baobab\n', 'ebony\n', 'tapia\n']);
    expect(
      await Promise.all(cluster.nodes.map((node) => node.exec(['systemctl', 'is-system-running']))),
    ).toEqual(cluster.nodes.map(() => ({ code: 0, stdout: 'running\n', stderr: '' })));
  });

  it('is joined in a ring over which a bridge passes full frames, and no larger ones', async (context) => {
    need(context);
    for (const node of cluster.nodes)
      for (const port of ['thunderbolt0', 'thunderbolt1'])
        expect(await node.ip('link', 'show', port)).toMatchObject([{ mtu: 65520 }]);
    await bridge('baobab', '10.99.0.1/24', 'thunderbolt1');
    await bridge('ebony', '10.99.0.2/24', 'thunderbolt0');
    await expect.poll(async () => (await ping('65492')).code, { timeout: 20_000 }).toBe(0);
    expect(await ping('65493')).toMatchObject({ code: 1, stderr: expect.stringContaining('mtu=65520') });
  });

  it('shows udev a cable that is pulled and plugged in', async (context) => {
    need(context);
    const node = cluster.node('tapia');
    const rules =
      'ACTION=="add", SUBSYSTEM=="net", KERNEL=="thunderbolt0", TAG+="systemd", ENV{SYSTEMD_WANTS}+="seen.service"\n';
    node.writeFile('/etc/udev/rules.d/90-seen.rules', rules);
    node.writeFile(
      '/etc/systemd/system/seen.service',
      '[Service]\nType=oneshot\nExecStart=touch /root/seen\n',
    );
    await node.ok('udevadm', 'control', '--reload');
    await node.ok('systemctl', 'daemon-reload');
    await cluster.cut('ebony', 'tapia');
    expect((await node.exec(['ip', 'link', 'show', 'thunderbolt0'])).code).toBe(1);
    expect((await cluster.node('ebony').exec(['ip', 'link', 'show', 'thunderbolt1'])).code).toBe(1);
    await cluster.plug('ebony', 'tapia', { mtu: 1500 });
    await expect.poll(() => node.exists('/root/seen'), { timeout: 20_000 }).toBe(true);
    const [port] = await node.ip('link', 'show', 'thunderbolt0');
    expect(port).toMatchObject({ mtu: 1500, operstate: 'DOWN' });
    expect(await node.ok('udevadm', 'info', '/sys/class/net/thunderbolt0')).toContain(
      'ID_PATH=pci-0000:00:0d.2',
    );
  });

  it('keeps the disk of a node that reboots, and nothing of its network', async (context) => {
    need(context);
    const node = cluster.node('baobab');
    await node.ok('sh', '-c', 'echo kept >/root/kept; ip link add lost type bridge');
    const { starts } = await node.status();
    const [before] = await cluster.node('ebony').ip('link', 'show', 'thunderbolt0');
    // Its own reboot, as an operator asks for it; the session may end first.
    await overSsh('baobab', 'systemctl', 'reboot').catch(() => undefined);
    await node.started(starts + 1);
    expect(await overSsh('baobab', 'cat', '/root/kept')).toBe('kept\n');
    expect((await node.exec(['ip', 'link', 'show', 'lost'])).code).toBe(1);
    expect(Number.parseFloat(await node.ok('cat', '/proc/uptime'))).toBeLessThan(60);
    // The other end of its cables went and came back.
    const [after] = await cluster.node('ebony').ip('link', 'show', 'thunderbolt0');
    expect(after?.['ifindex']).not.toBe(before?.['ifindex']);
    await node.reboot({ hard: true });
    expect(await overSsh('baobab', 'cat', '/root/kept')).toBe('kept\n');
  });

  it('loses a node to a cut management network, and to a killed sshd', async (context) => {
    need(context);
    const node = cluster.node('ebony');
    const management = async () => (await node.exec(['ping', '-c', '1', '-W', '1', '192.0.2.254'])).code;
    expect(await management()).toBe(0);
    await node.cutManagement();
    expect(await management()).toBe(1);
    expect(await node.ip('link', 'show', 'mgmt0')).toMatchObject([{ operstate: 'UP' }]);
    await node.restoreManagement();
    await expect.poll(management, { timeout: 20_000 }).toBe(0);
    const asleep = overSsh('ebony', 'sleep', '3600');
    const lost = expect(asleep).rejects.toMatchObject({ code: 'SSH_CONNECTION_LOST' });
    await expect
      .poll(async () => (await node.exec(['pgrep', '-x', 'sleep'])).code, { timeout: 20_000 })
      .toBe(0);
    await node.dropConnections();
    await lost;
    await node.killSshd();
    const socket = connect(node.port, node.address);
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    await node.startSshd();
    expect(await overSsh('ebony', 'echo', 'again')).toBe('again\n');
  });

  it('has disks that can be full', async (context) => {
    need(context);
    const node = cluster.node('tapia');
    const write = ['sh', '-c', 'cat >/root/file'];
    await node.fillDisk();
    expect(await node.exec(write, { input: 'text' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No space left on device'),
    });
    await node.freeDisk();
    expect(await node.exec(write, { input: 'text' })).toMatchObject({ code: 0 });
    expect(node.readFile('/root/file')).toBe('text');
  });
});

/** What `date` says of a minute later than that. */
const yearIn = (seconds: number) => `${new Date(Date.now() + (seconds + 60) * 1000).getUTCFullYear()}\n`;

describe('a node', () => {
  it('has a clock that can be wrong, and cannot change what belongs to the whole machine', async (context) => {
    need(context);
    const node = cluster.node('tapia');
    const year = () => node.ok('date', '--utc', '--date=now + 1 minute', '+%Y');
    // Not every year has 365 days: at the end of some this is four years ago.
    const someYears = 3600 * 24 * 365 * 5;
    expect(await year()).toBe(yearIn(0));
    node.setClock(-someYears);
    expect(await year()).toBe(yearIn(-someYears));
    node.setClock(0);
    expect(await node.exec(['sysctl', '--write', 'net.ipv4.ip_forward=1'])).toMatchObject({ code: 0 });
    const value = (await node.ok('cat', '/proc/sys/kernel/threads-max')).trim();
    const set = await node.exec(['tee', '/proc/sys/kernel/threads-max'], { input: value });
    expect(set.stderr).toContain('Read-only file system');
  });
});

describe('what a cluster leaves', () => {
  it('is nothing when its owner is killed', async (context) => {
    need(context);
    const { child, folder } = await someonesCluster();
    child.kill('SIGKILL');
    await expect.poll(() => partsOf(folder), { timeout: 20_000 }).toEqual([]);
  });

  it('is taken away by the next one when all that would have done it was killed', async (context) => {
    need(context);
    const { child, folder } = await someonesCluster();
    const script = processes().find((pid) =>
      read(`/proc/${pid}/cmdline`).includes(`supervisor.sh\0${folder}`),
    );
    process.kill(Number(script), 'SIGKILL');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(partsOf(folder)).toContain(folder);
    const look = async () => {
      await removeAbandoned();
      return partsOf(folder);
    };
    await expect.poll(look, { timeout: 20_000 }).toEqual([]);
  });

  it('is nothing when it is stopped', async (context) => {
    need(context);
    const { folder } = cluster;
    expect(partsOf(folder).length).toBeGreaterThan(2);
    open.ssh.close();
    await cluster.stop();
    expect(partsOf(folder)).toEqual([]);
  });
});

function need(context: Parameters<typeof requireTools>[0]): void {
  if (!isRoot) unproven(context, 'needs root');
  requireTools(context, ...clusterTools);
}

async function overSsh(node: string, ...argv: [string, ...string[]]): Promise<string> {
  const { destinations } = await open.ssh.ways();
  const result = await open.ssh.run(destinations.toNode(node), { argv }, { signal: still });
  return Buffer.from(result.stdout).toString();
}

async function bridge(name: string, address: string, port: string): Promise<void> {
  const node = cluster.node(name);
  await node.ok('ip', 'link', 'add', 'thunderbridge', 'type', 'bridge');
  await node.ok('ip', 'link', 'set', port, 'master', 'thunderbridge', 'up');
  await node.ok('ip', 'link', 'set', 'thunderbridge', 'mtu', '65520', 'up');
  await node.ok('ip', 'address', 'add', address, 'dev', 'thunderbridge');
}

/** What there is of a cluster on this machine: its folder, its cgroups, and processes in them or with its name. */
function partsOf(folder: string): string[] {
  const name = basename(folder);
  const groups = hierarchies().map((hierarchy) => join(hierarchy, name));
  const isOf = (pid: string) =>
    ['cgroup', 'cmdline', 'mountinfo'].some((file) => read(`/proc/${pid}/${file}`).includes(name));
  return [folder, ...groups].filter((path) => existsSync(path)).concat(processes().filter(isOf));
}

function processes(): string[] {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
}

async function someonesCluster() {
  const child = spawn(process.execPath, [owner], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [folder] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  expect(partsOf(folder).length).toBeGreaterThan(2);
  return { child, folder };
}

function ping(size: string) {
  return cluster.node('baobab').exec(['ping', '-c', '1', '-W', '5', '-M', 'do', '-s', size, '10.99.0.2']);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
