import { spawn } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseClientConfig } from '../../../electron/services/ssh/client-config.ts';
import type { SshAccount } from '../../../electron/services/ssh/ssh-account.ts';
import { ownPrefix, removeAbandoned } from '../cluster/abandoned.ts';
import { writeClusterLab } from '../cluster/cluster-lab.ts';
import type { NodeIdentity } from '../cluster/node.ts';
import { nodeRoot } from '../cluster/node-root.ts';
import { freePort } from '../free-port.ts';
import { ownMounts } from '../own-mounts.ts';
import { makeKey } from '../sshd.ts';
import { CheapNode } from './cheap-node.ts';
import { type BackupsSection, writeBackupsLab } from './backups-lab.ts';
import { type Capacity, setCapacities, writePveCluster } from './pve-files.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Programs that cheap nodes are made with, for `requireTools`; and root. */
export const cheapNodeTools = ['flock', 'mmdebstrap', 'nsenter', 'ssh-keygen', 'unshare'];

export interface CheapNodesOptions {
  /** Names; baobab, ebony and tapia unless others are given. */
  readonly nodes?: readonly string[];
  /** The Proxmox cluster they are in, by name; `madagascar`. null: each is in none. By node where they differ. */
  readonly pveCluster?: string | null | Readonly<Record<string, string | null>>;
  /** Storages that all nodes of a Proxmox cluster share, at /mnt/pve; `nas`. */
  readonly stores?: readonly string[];
  /** Other folders that they share, as a NAS that is mounted on each; `umount` in a node takes it away from that one. */
  readonly folders?: readonly string[];
  /** All disks and storages together, in memory. */
  readonly mebibytes?: number;
  /** Of every node, UTC unless given. */
  readonly timeZone?: string;
  /** `clusters.madagascar.backups` of the lab's cluster file. */
  readonly backups?: BackupsSection;
  /** Text of the lab's backups/policy.yaml; one rule for all guests unless given, null for none. */
  readonly policy?: string | null;
}

export interface CheapNodes {
  readonly nodes: readonly CheapNode[];
  /** Everything of them that is a file here; gone after `stop`. */
  readonly folder: string;
  /** A lab with these nodes, their keys trusted, and a policy. */
  readonly lab: string;
  /** The operator's own: `.ssh/id_ed25519` opens every node. */
  readonly home: string;
  readonly account: SshAccount;
  /** The same for a process of the command line. */
  readonly environment: Readonly<Record<string, string>>;
  node(name: string): CheapNode;
  /** How big storages are, by `nas` or `baobab/local`; the stand-ins count, nothing else is kept from writing. */
  setCapacities(capacities: Readonly<Record<string, Capacity>>): void;
  /** Writes cluster file, trusted keys and policy into another lab. */
  writeLab(folder: string): void;
  /** Resolves when nothing is left. A process that dies without it leaves a folder in /tmp, which the next one removes. */
  stop(): Promise<void>;
}

/**
 * Nodes with stand-ins of Proxmox's programs, each reached through an sshd on this machine's loopback. They boot nothing:
 * three are there in about a second. Needs root and `cheapNodeTools`.
 */
export async function cheapNodes(options: CheapNodesOptions = {}): Promise<CheapNodes> {
  const { stores = ['nas'], folders = [], timeZone = 'Etc/UTC' } = options;
  const names = options.nodes ?? ['baobab', 'ebony', 'tapia'];
  const [lower] = await Promise.all([nodeRoot(), removeAbandoned()]);
  const folder = join(tmpdir(), `${await ownPrefix()}${randomBytes(4).toString('hex')}`);
  const home = join(folder, 'home');
  const lab = join(folder, 'lab');
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  const clusterOf = (node: string) => {
    const given = options.pveCluster === undefined ? 'madagascar' : options.pveCluster;
    return given === null || typeof given === 'string' ? given : (given[node] ?? null);
  };
  const world = await World.start(
    [folder, lower, here, String(options.mebibytes ?? 1024)],
    names.map((name) => `${name}=${clusterOf(name) ?? `alone-${name}`}`),
    [...stores, ...folders],
  ).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  try {
    const operatorKey = makeKey(join(home, '.ssh/id_ed25519'));
    const nodes = await Promise.all(
      names.map(async (name, index) => {
        const root = join(folder, 'disks', name, 'root');
        const identity = await identify(name, index, folder);
        const node = new CheapNode(identity, world.pid, root);
        node.writeFile('/etc/hostname', `${name}\n`);
        node.writeFile('/etc/timezone', `${timeZone}\n`);
        rmSync(node.path('/etc/localtime'), { force: true });
        symlinkSync(`/usr/share/zoneinfo/${timeZone}`, node.path('/etc/localtime'));
        node.writeFile(
          '/etc/hosts',
          ['127.0.0.1 localhost', ...names.map((n, i) => `192.0.2.${i + 1} ${n}`), ''].join('\n'),
        );
        node.writeFile(
          '/etc/ssh/ssh_host_ed25519_key',
          readFileSync(join(folder, `host-key-${name}`)),
          0o600,
        );
        node.writeFile('/root/.ssh/authorized_keys', operatorKey, 0o600);
        const cluster = clusterOf(name);
        const members = names.filter(
          (other) => other === name || (cluster !== null && clusterOf(other) === cluster),
        );
        writePveCluster((file) => node.path(file), cluster, members, stores);
        await node.powerOn();
        return node;
      }),
    );
    const writeLab = (other: string) => {
      writeClusterLab(other, nodes, []);
      writeBackupsLab(other, options.backups, options.policy);
    };
    writeLab(lab);
    return {
      nodes,
      folder,
      lab,
      home,
      account: {
        homeFolder: home,
        userName: 'root',
        agent: undefined,
        readConfig: async () => parseClientConfig(''),
      },
      environment: { HOME: home, USERPROFILE: home, SSH_AUTH_SOCK: '' },
      node(wanted) {
        const found = nodes.find(({ name }) => name === wanted);
        if (found === undefined) throw new Error(`no node ${wanted}`);
        return found;
      },
      setCapacities(capacities) {
        for (const node of nodes) setCapacities((file) => node.path(file), capacities);
      },
      writeLab,
      stop: () => world.stop(),
    };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

async function identify(name: string, index: number, folder: string): Promise<NodeIdentity> {
  const keyFile = join(folder, `host-key-${name}`);
  const [type = '', base64 = ''] = makeKey(keyFile).split(' ');
  const fingerprint =
    execFileSync('ssh-keygen', ['-lf', `${keyFile}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
  const port = await freePort();
  return {
    name,
    address: '127.0.0.1',
    port,
    managementAddress: `192.0.2.${index + 1}`,
    hostKey: `${type} ${base64}`,
    fingerprint,
    knownHosts: `[127.0.0.1]:${port} ${type} ${base64}\n`,
  };
}

/** The process whose end is the end of all of it, however it comes. */
class World {
  readonly pid: number;
  readonly stop: () => Promise<void>;

  private constructor(pid: number, stop: () => Promise<void>) {
    this.pid = pid;
    this.stop = stop;
  }

  static async start(
    first: readonly string[],
    nodes: readonly string[],
    shared: readonly string[],
  ): Promise<World> {
    const child = spawn(
      'unshare',
      [
        ...ownMounts,
        '--pid',
        '--fork',
        '--kill-child',
        '--',
        '/bin/sh',
        join(here, 'world.sh'),
        ...first,
        ...nodes,
      ],
      { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], SHARED: shared.join(' ') } },
    );
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    const said: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`the nodes' world ended: ${said.join('\n')}`)));
      createInterface({ input: child.stdout }).once('line', (line) => resolve(Number(line)));
    });
    return new World(pid, async () => {
      child.stdin.end();
      await ended;
    });
  }
}
