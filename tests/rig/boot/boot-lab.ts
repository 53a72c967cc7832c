import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Architecture } from './architecture.ts';
import type { Sifaka } from './sifaka-command.ts';
import { virtualGateway } from './virtual-machine.ts';

/** The nodes of the lab: one per network renderer, one per part a node can have in a cluster. */
export const bootNodes = {
  agent: {
    name: 'boot-agent',
    hostname: 'lemur',
    address: '192.168.76.41',
    addresses: ['192.168.76.41/24', 'fd00:76::41/64'],
  },
  server: {
    name: 'boot-server',
    hostname: 'boot-server',
    address: '192.168.76.42',
    addresses: ['192.168.76.42/24'],
  },
  outside: {
    name: 'boot-outside',
    hostname: 'boot-outside',
    address: '192.168.76.43',
    addresses: ['192.168.76.43/24', 'fd00:76::43/64'],
  },
} as const satisfies Record<string, BootNode>;

export interface BootNode {
  readonly name: string;
  readonly hostname: string;
  /** The address that is asked over ssh. */
  readonly address: string;
  /** All, with prefix length. */
  readonly addresses: readonly string[];
}

/** The values that booted nodes are asked for; what is secret or an identity is new in every run. */
export interface BootLab {
  /** The interface that the inventory names. */
  readonly interface: string;
  readonly user: string;
  /** Of the agent; the others get one at their first boot. */
  readonly machineId: string;
  /** File of the private key that may log in. */
  readonly operatorKey: string;
  /** The public half of the host key that the lab keeps sealed; all nodes share it. */
  readonly hostKey: string;
  readonly token: string;
  readonly nodePassword: string;
  readonly passwordHash: string;
  /** UUID of the file system on the agent's Longhorn disk. */
  readonly diskUuid: string;
  readonly mountPath: string;
}

/** Fills an empty folder with a lab, through the command that an operator uses. */
export async function makeBootLab(
  sifaka: Sifaka,
  architecture: Architecture,
  image: string,
): Promise<BootLab> {
  const key = (name: string): { file: string; publicKey: string } => {
    const file = join(sifaka.folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return { file, publicKey: readFileSync(`${file}.pub`, 'utf8').trim() };
  };
  const operator = key('operator');
  const host = key('host');
  const lab: BootLab = {
    interface: architecture.interface,
    user: 'aye',
    machineId: randomBytes(16).toString('hex'),
    operatorKey: operator.file,
    hostKey: host.publicKey,
    token: `K10${randomBytes(24).toString('hex')}::node:${randomBytes(16).toString('hex')}`,
    nodePassword: randomBytes(16).toString('hex'),
    // Shaped as crypt(5) makes it, of no password.
    passwordHash: `$6$${randomBytes(8).toString('hex')}$${randomBytes(43).toString('hex')}`,
    diskUuid: randomUUID(),
    mountPath: '/mnt/longhorn-1',
  };
  writeFileSync(sifaka.labFile('metis/hooks/90-node.conf'), 'vm.max_map_count = 262144\n');
  const bootHooks = Object.entries(kernelArguments).map(([node, more]) => {
    const { target, text } = architecture.bootHook(more);
    const source = `metis/hooks/${node}-boot`;
    writeFileSync(sifaka.labFile(source), text);
    return [node, { source, target, mode: '0755' }] as const;
  });
  const file = sifaka.labFile('metis/inventory.yaml');
  writeFileSync(file, 'schema: sifaka.inventory/1\nimages: {}\nclasses: {}\nnodes: {}\n');
  await sifaka.run(['images', 'add', 'debian', image, '--root', '2', '--boot', '1']);
  const { images } = parse(readFileSync(file, 'utf8')) as { images: unknown };
  const inventory = {
    images,
    classes: classes(lab, operator.publicKey),
    nodes: nodes(lab, Object.fromEntries(bootHooks)),
  };
  writeFileSync(
    file,
    stringify({ schema: 'sifaka.inventory/1', ...inventory }, { aliasDuplicateObjects: false }),
  );

  await sifaka.run(['secrets', 'init']);
  const secrets = {
    'k3s-token': lab.token,
    'node-password': lab.nodePassword,
    'user-password': lab.passwordHash,
    'host-key': readFileSync(host.file, 'utf8'),
  };
  for (const [name, value] of Object.entries(secrets)) await sifaka.run(['secrets', 'seal', name], value);
  await sifaka.run(['lab', 'check']);
  return lab;
}

/** What a hook on the boot partition adds to a node's kernel, read by the boot loader before there is any kernel. */
const kernelArguments = {
  agent: 'sifaka.node=boot-agent',
  // The golden image is made for networkd and netplan; this node's class is ifupdown.
  outside: ['service', 'socket']
    .map((kind) => `systemd.mask=systemd-networkd.${kind}`)
    .concat('systemd.mask=systemd-networkd-wait-online.service')
    .join(' '),
};

function classes(lab: BootLab, operatorKey: string) {
  const common = {
    image: 'debian',
    logs: { journalMaxUse: '48M', journalMaxRetention: '3day', logFileDays: 5 },
    hosts: [{ address: '192.168.76.60', names: ['database', 'database.lab.example'] }],
    users: [
      {
        name: lab.user,
        uid: 1234,
        gecos: 'Lab operator',
        groups: ['sudo', 'adm', 'storage-team'],
        sudo: true,
        passwordHashSecret: 'user-password',
        authorizedKeys: [operatorKey],
      },
    ],
    hooks: [{ source: 'metis/hooks/90-node.conf', target: '/etc/sysctl.d/90-node.conf' }],
  };
  return Object.fromEntries(
    ['networkd', 'netplan', 'ifupdown'].map((renderer) => [
      renderer,
      { ...common, networkRenderer: renderer },
    ]),
  );
}

function nodes(lab: BootLab, bootHooks: Record<string, object>) {
  const { agent, server, outside } = bootNodes;
  const common = ({ addresses }: BootNode) => ({
    network: {
      interface: lab.interface,
      addresses,
      gateway: virtualGateway,
      nameservers: ['192.168.76.53'],
      search: ['lab.example'],
    },
    sshHostKeys: [{ type: 'ed25519', privateKeySecret: 'host-key', publicKey: lab.hostKey }],
  });
  return {
    [agent.name]: {
      class: 'networkd',
      hostname: agent.hostname,
      machineId: lab.machineId,
      ...common(agent),
      k3s: {
        role: 'agent',
        server: 'https://192.168.76.42:6443',
        tokenSecret: 'k3s-token',
        nodePasswordSecret: 'node-password',
        labels: { hardware: 'emulated', 'lab.example/answer': 'no' },
        taints: ['dedicated=proof:NoSchedule'],
        nodeIp: agent.address,
        flannelInterface: lab.interface,
      },
      longhornDisks: [{ uuid: lab.diskUuid, mountPath: lab.mountPath }],
      hooks: [bootHooks['agent']],
    },
    [server.name]: {
      class: 'netplan',
      ...common(server),
      k3s: { role: 'server', clusterInit: true, tokenSecret: 'k3s-token', nodeIp: server.address },
    },
    [outside.name]: {
      class: 'ifupdown',
      ...common(outside),
      hooks: [bootHooks['outside']],
    },
  };
}
