import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Sifaka } from './sifaka-command.ts';
import { virtualNetwork } from './virtual-machine.ts';

/** The nodes of the lab: one per network renderer, one per part a node can have in a cluster. */
export const bootNodes = {
  agent: { name: 'boot-agent', hostname: 'lemur', address: '192.168.76.41' },
  server: { name: 'boot-server', hostname: 'boot-server', address: '192.168.76.42' },
  outside: { name: 'boot-outside', hostname: 'boot-outside', address: '192.168.76.43' },
} as const;

export type BootNode = (typeof bootNodes)[keyof typeof bootNodes];

/** The values that booted nodes are asked for; what is secret or an identity is new in every run. */
export interface BootLab {
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
export async function makeBootLab(sifaka: Sifaka, image: string): Promise<BootLab> {
  const key = (name: string): { file: string; publicKey: string } => {
    const file = join(sifaka.folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return { file, publicKey: readFileSync(`${file}.pub`, 'utf8').trim() };
  };
  const operator = key('operator');
  const host = key('host');
  const lab: BootLab = {
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
  for (const [path, text] of Object.entries(hooks)) writeFileSync(sifaka.labFile(path), text);
  const file = sifaka.labFile('metis/inventory.yaml');
  writeFileSync(file, 'schema: sifaka.inventory/1\nimages: {}\nclasses: {}\nnodes: {}\n');
  await sifaka.run(['images', 'add', 'debian', image, '--root', '2', '--boot', '1']);
  const { images } = parse(readFileSync(file, 'utf8')) as { images: unknown };
  const inventory = { images, classes: classes(lab, operator.publicKey), nodes: nodes(lab) };
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

/** Files of the lab. Those named node.cfg go onto the boot partition and are read by GRUB, before there is any kernel. */
const hooks = {
  'metis/hooks/90-node.conf': 'vm.max_map_count = 262144\n',
  'metis/hooks/agent/node.cfg': 'set node_arguments="sifaka.node=boot-agent"\n',
  'metis/hooks/outside/node.cfg':
    'set node_arguments="systemd.mask=systemd-networkd.service systemd.mask=systemd-networkd.socket systemd.mask=systemd-networkd-wait-online.service"\n',
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

const bootHook = (source: string) => ({ source, target: '/boot/firmware/node.cfg', mode: '0755' });

function nodes(lab: BootLab) {
  const { agent, server, outside } = bootNodes;
  const common = ({ address }: BootNode, ...more: string[]) => ({
    network: {
      interface: virtualNetwork.interface,
      addresses: [`${address}/24`, ...more],
      gateway: virtualNetwork.gateway,
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
      ...common(agent, 'fd00:76::41/64'),
      k3s: {
        role: 'agent',
        server: 'https://192.168.76.42:6443',
        tokenSecret: 'k3s-token',
        nodePasswordSecret: 'node-password',
        labels: { hardware: 'emulated', 'lab.example/answer': 'no' },
        taints: ['dedicated=proof:NoSchedule'],
        nodeIp: agent.address,
        flannelInterface: virtualNetwork.interface,
      },
      longhornDisks: [{ uuid: lab.diskUuid, mountPath: lab.mountPath }],
      hooks: [bootHook('metis/hooks/agent/node.cfg')],
    },
    [server.name]: {
      class: 'netplan',
      ...common(server),
      k3s: { role: 'server', clusterInit: true, tokenSecret: 'k3s-token', nodeIp: server.address },
    },
    [outside.name]: {
      class: 'ifupdown',
      ...common(outside, 'fd00:76::43/64'),
      hooks: [bootHook('metis/hooks/outside/node.cfg')],
    },
  };
}
