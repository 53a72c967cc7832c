import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshAccount } from '../../../electron/services/ssh/ssh-account.ts';
import { parseClientConfig } from '../../../electron/services/ssh/client-config.ts';
import { makeKey } from '../sshd.ts';
import { hierarchies, ownPrefix, removeAbandoned } from './abandoned.ts';
import { type ProxmoxOptions, proxmoxFiles, proxmoxPlan, setUpProxmox } from '../proxmox/booted-nodes.ts';
import type { CablePlan, NodePlan } from './calls.ts';
import { writeClusterLab } from './cluster-lab.ts';
import { ClusterNode, type NodeIdentity } from './node.ts';
import { nodeRoot } from './node-root.ts';
import { Supervisor } from './supervisor.ts';

/** Programs that a cluster is made with, for `requireTools`. */
export const clusterTools = [
  'bridge',
  'flock',
  'ip',
  'mmdebstrap',
  'nsenter',
  'ssh-keygen',
  'systemd-nspawn',
  'unshare',
];

export interface ClusterOptions {
  /** Names; baobab, ebony and tapia unless others are given. */
  readonly nodes?: readonly string[];
  /** false: a line, without the cable that closes the ring. */
  readonly ring?: boolean;
  /** Of a port as it appears. A real Thunderbolt port appears with 1500. */
  readonly cableMtu?: number;
  /** Of each node's own disk. */
  readonly diskMiB?: number;
  /** Stand-ins of Proxmox's programs on every node; see tests/rig/proxmox. */
  readonly proxmox?: ProxmoxOptions;
}

/** Booted nodes, joined by cables; thunderbolt1 of each to thunderbolt0 of the next. */
export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  /** Everything of the cluster that is a file here; gone after `stop`. */
  readonly folder: string;
  /** A lab with these nodes, their keys trusted. */
  readonly lab: string;
  /** The operator's own: `.ssh/id_ed25519` opens every node. */
  readonly home: string;
  /** The same for the service. */
  readonly account: SshAccount;
  /** The same for a process of the command line. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cables: readonly CablePlan[];
  node(name: string): ClusterNode;
  /** Makes a cable vanish at both ends, as it does when it is pulled. */
  cut(one: string, other: string): Promise<void>;
  /** Makes it appear again at both ends, down and in no bridge. */
  plug(one: string, other: string, options?: { readonly mtu?: number }): Promise<void>;
  /** Writes the cluster file and the trusted keys into another lab. */
  writeLab(folder: string): void;
  /** Resolves when nothing is left. */
  stop(): Promise<void>;
}

/**
 * Boots Debian 12 systems in containers, in network namespaces that have no way out. Needs root and `clusterTools`; takes
 * a few seconds, and half a minute more when the common root is not in the cache.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const names = options.nodes ?? ['baobab', 'ebony', 'tapia'];
  const [root] = await Promise.all([nodeRoot(), removeAbandoned()]);
  const name = `${await ownPrefix()}${randomBytes(4).toString('hex')}`;
  const folder = join(tmpdir(), name);
  const home = join(folder, 'home');
  const lab = join(folder, 'lab');
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  const cgroups = hierarchies().map((hierarchy) => join(hierarchy, name));
  const supervisor = await Supervisor.start(folder, cgroups).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  try {
    const operatorKey = makeKey(join(home, '.ssh/id_ed25519'));
    const cables = cablesOf(names, options);
    const made = names.map((node, index) => makeNode(node, index, names, operatorKey, folder));
    const more = options.proxmox === undefined ? () => [] : proxmoxFiles;
    const plans = made.map(({ plan }) => ({
      ...plan,
      files: [...plan.files, ...more(plan.name)],
      diskMiB: options.diskMiB ?? 256,
    }));
    const proxmox = options.proxmox && proxmoxPlan(options.proxmox, names);
    await supervisor.call('build', { root, cgroups, nodes: plans, cables, ...(proxmox && { proxmox }) });
    const nodes = await Promise.all(
      made.map(async ({ plan, hostKey, fingerprint }) => {
        const port = await relayPort(supervisor, plan.name);
        const knownHosts = `[127.0.0.1]:${port} ${hostKey}\n`;
        const identity: NodeIdentity = {
          name: plan.name,
          address: '127.0.0.1',
          port,
          managementAddress: plan.address,
          hostKey,
          fingerprint,
          knownHosts,
        };
        return new ClusterNode(identity, supervisor);
      }),
    );
    if (options.proxmox !== undefined) setUpProxmox(nodes, options.proxmox);
    await Promise.all(nodes.map((node) => node.boot()));
    writeClusterLab(lab, nodes, cables);
    const cableBetween = (one: string, other: string) => {
      const isBetween = ({ ends }: CablePlan) =>
        ends.some(({ node }) => node === one) && ends.some(({ node }) => node === other);
      const index = cables.findIndex(isBetween);
      if (index < 0) throw new Error(`no cable between ${one} and ${other}`);
      return index;
    };
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
      cables,
      node(wanted) {
        const found = nodes.find((node) => node.name === wanted);
        if (found === undefined) throw new Error(`no node ${wanted}`);
        return found;
      },
      cut: (one, other) => supervisor.call('cut', { cable: cableBetween(one, other) }),
      plug: (one, other, { mtu = options.cableMtu ?? 65520 } = {}) =>
        supervisor.call('plug', { cable: cableBetween(one, other), mtu }),
      writeLab: (other) => writeClusterLab(other, nodes, cables),
      stop: () => supervisor.stop(),
    };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** Three in a ring have three cables; two would have both ports of one on the other, so theirs is a line. */
function cablesOf(
  names: readonly string[],
  { ring = true, cableMtu: mtu = 65520 }: ClusterOptions,
): CablePlan[] {
  const closes = ring && names.length > 2;
  return names.flatMap((node, index) => {
    const next = names[index + 1] ?? (closes ? names[0] : undefined);
    if (next === undefined) return [];
    return [
      {
        ends: [
          { node, port: 'thunderbolt1' },
          { node: next, port: 'thunderbolt0' },
        ],
        mtu,
      },
    ] as const;
  });
}

/** Of RFC 5737's: nobody has them. */
function addressOf(index: number): string {
  return `192.0.2.${index + 1}`;
}

function file(path: string, content: string, mode = 0o644): NodePlan['files'][number] {
  return { path, content, mode };
}

function makeNode(
  name: string,
  index: number,
  names: readonly string[],
  operatorKey: string,
  folder: string,
) {
  const address = addressOf(index);
  const keyFile = join(folder, `host-key-${name}`);
  const [type = '', base64 = ''] = makeKey(keyFile).split(' ');
  const plan: Omit<NodePlan, 'diskMiB'> = {
    name,
    address,
    files: [
      file('etc/hostname', `${name}\n`),
      file('etc/machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444),
      file(
        'etc/hosts',
        ['127.0.0.1 localhost', ...names.map((other, at) => `${addressOf(at)} ${other}`), ''].join('\n'),
      ),
      file('etc/network/interfaces', interfacesFile(address)),
      file('etc/ssh/ssh_host_ed25519_key', readFileSync(keyFile, 'utf8'), 0o600),
      file('etc/ssh/ssh_host_ed25519_key.pub', `${type} ${base64}\n`),
      file('root/.ssh/authorized_keys', operatorKey, 0o600),
    ],
  };
  const printed = execFileSync('ssh-keygen', ['-lf', `${keyFile}.pub`], { encoding: 'utf8' });
  return { plan, hostKey: `${type} ${base64}`, fingerprint: printed.split(' ')[1] ?? '' };
}

/** As Proxmox writes it, with a plain port in place of a bridge for guests. */
function interfacesFile(address: string): string {
  return [
    'auto lo',
    'iface lo inet loopback',
    '',
    'auto mgmt0',
    'iface mgmt0 inet static',
    `\taddress ${address}/24`,
    '',
    'source /etc/network/interfaces.d/*',
    '',
  ].join('\n');
}

async function relayPort(supervisor: Supervisor, node: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await supervisor.relay(node, server);
  return port;
}
