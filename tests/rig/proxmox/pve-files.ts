import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeDisk, writeRoot } from './guest-disks.ts';
import type { ProxmoxSettings } from './settings.ts';

/** Where a file of a node is opened from here. */
export type PathOnNode = (file: string) => string;

export interface GuestOptions {
  readonly type?: 'qemu' | 'lxc';
  /** null: none is given, and `qm list` says `VM 104`. */
  readonly name?: string | null;
  readonly running?: boolean;
  /** Of each disk, or of a container's root, and how much of it is not zero. 0: the file is not made, for guests by the hundred. */
  readonly bytes?: number;
  readonly filled?: number;
  /** Virtual machines: how many disks; 1. */
  readonly disks?: number;
  readonly agent?: boolean;
  readonly lock?: string;
  readonly tags?: string;
  readonly template?: boolean;
  /** Where its disks are: `local-lvm`, for containers `local-zfs`. */
  readonly storage?: string;
  /** More lines of the configuration, as `scsi1: nas:100/vm-100-disk-1.raw,backup=0,size=4M`. */
  readonly lines?: readonly string[];
}

const mebibyte = 1024 * 1024;
const folders = { qemu: 'qemu-server', lxc: 'lxc' } as const;

/** Writes a guest of a node: its configuration as pmxcfs has it, and its disks. */
export function addGuest(path: PathOnNode, node: string, vmid: number, options: GuestOptions = {}): void {
  const { type = 'qemu', running = true, bytes = 4 * mebibyte } = options;
  const lines = type === 'qemu' ? machine(path, vmid, bytes, options) : container(path, vmid, bytes, options);
  if (options.lock !== undefined) lines.push(`lock: ${options.lock}`);
  if (options.tags !== undefined) lines.push(`tags: ${options.tags}`);
  if (options.template === true) lines.push('template: 1');
  lines.push(...(options.lines ?? []));
  writeFileSync(path(`/etc/pve/nodes/${node}/${folders[type]}/${vmid}.conf`), `${lines.join('\n')}\n`);
  if (running && options.template !== true)
    writeFileSync(path(`/var/lib/pve-rig/cluster/running/${node}/${vmid}`), '');
}

function machine(path: PathOnNode, vmid: number, bytes: number, options: GuestOptions): string[] {
  const { name = `vm-${vmid}`, disks = 1, agent = true, storage = 'local-lvm' } = options;
  const size = bytes === 0 ? '32G' : sizeWord(bytes);
  const lines = [
    'boot: order=scsi0',
    'cores: 2',
    'memory: 2048',
    'ostype: l26',
    'scsihw: virtio-scsi-single',
  ];
  if (agent) lines.push('agent: 1');
  if (name !== null) lines.push(`name: ${name}`);
  lines.push(`net0: virtio=BC:24:11:00:${hex(vmid >> 8)}:${hex(vmid)},bridge=vmbr0`);
  for (let disk = 0; disk < disks; disk += 1) {
    const volume = `vm-${vmid}-disk-${disk}`;
    lines.push(`scsi${disk}: ${storage}:${volume},size=${size}`);
    if (bytes > 0)
      writeDisk(
        path(`/var/lib/pve-rig/volumes/${storage}/${volume}`),
        `${vmid}-${disk}`,
        bytes,
        options.filled,
      );
  }
  return lines.toSorted();
}

function container(path: PathOnNode, vmid: number, bytes: number, options: GuestOptions): string[] {
  const { name = `ct-${vmid}`, storage = 'local-zfs' } = options;
  const volume = `subvol-${vmid}-disk-0`;
  const size = bytes === 0 ? '8G' : sizeWord(bytes);
  if (bytes > 0) writeRoot(path(`/rpool/data/${volume}`), name ?? `CT${vmid}`, options.filled ?? bytes / 2);
  const lines = [
    'arch: amd64',
    'cores: 1',
    'memory: 512',
    `net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:01:${hex(vmid >> 8)}:${hex(vmid)},ip=dhcp,type=veth`,
    'ostype: debian',
    `rootfs: ${storage}:${volume},size=${size}`,
    'swap: 512',
    'unprivileged: 1',
  ];
  if (name !== null) lines.push(`hostname: ${name}`);
  return lines.toSorted();
}

function hex(number: number): string {
  return (number & 0xff).toString(16).padStart(2, '0').toUpperCase();
}

/** As PVE::JSONSchema::format_size prints whole units. */
function sizeWord(bytes: number): string {
  const units = ['', 'K', 'M', 'G'];
  let size = bytes;
  while (size % 1024 === 0 && units.length > 1) {
    size /= 1024;
    units.shift();
  }
  return `${size}${units[0]}`;
}

export function removeGuest(path: PathOnNode, node: string, vmid: number): void {
  for (const folder of Object.values(folders))
    rmSync(path(`/etc/pve/nodes/${node}/${folder}/${vmid}.conf`), { force: true });
  rmSync(path(`/var/lib/pve-rig/cluster/running/${node}/${vmid}`), { force: true });
}

/** The text of a guest's configuration; `undefined` when the node has no such guest. */
export function guestConfig(path: PathOnNode, node: string, vmid: number): string | undefined {
  return Object.values(folders)
    .map((folder) => path(`/etc/pve/nodes/${node}/${folder}/${vmid}.conf`))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))[0];
}

export function guestsOf(path: PathOnNode, node: string): number[] {
  return Object.values(folders)
    .flatMap((folder) => readdirSync(path(`/etc/pve/nodes/${node}/${folder}`)))
    .filter((name) => /^\d+\.conf$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((one, other) => one - other);
}

export function writeSettings(path: PathOnNode, settings: ProxmoxSettings): void {
  writeJson(path('/var/lib/pve-rig/settings.json'), settings);
}

export interface Capacity {
  readonly total: number;
  /** Beside what the storage has here. */
  readonly used?: number;
}

/** How big storages are, by `nas` or `baobab/local`: 100 GiB where nothing is said. */
export function setCapacities(path: PathOnNode, capacities: Readonly<Record<string, Capacity>>): void {
  writeJson(path('/var/lib/pve-rig/cluster/capacities.json'), capacities);
}

/** What every Proxmox cluster here has; `cluster` null is a node in none. */
export function writePveCluster(
  path: PathOnNode,
  cluster: string | null,
  nodes: readonly string[],
  stores: readonly string[],
): void {
  writeJson(path('/var/lib/pve-rig/cluster/cluster.json'), { name: cluster, nodes });
  const shared = stores.flatMap((store) => [
    `nfs: ${store}`,
    `\texport /export/${store}`,
    `\tpath /mnt/pve/${store}`,
    '\tserver 192.0.2.50',
    '\tcontent backup,images',
    '\tprune-backups keep-all=1',
    '',
  ]);
  const own = [
    ['dir: local', '\tpath /var/lib/vz', '\tcontent backup,iso,vztmpl', ''],
    ['lvmthin: local-lvm', '\tthinpool data', '\tvgname pve', '\tcontent images,rootdir', ''],
    ['zfspool: local-zfs', '\tpool rpool/data', '\tcontent images,rootdir', '\tsparse 1', ''],
  ];
  writeFileSync(path('/etc/pve/storage.cfg'), [...own.flat(), ...shared].join('\n'));
  if (cluster !== null) writeFileSync(path('/etc/pve/corosync.conf'), corosync(cluster, nodes));
}

function corosync(cluster: string, nodes: readonly string[]): string {
  const entries = nodes.map(
    (name, index) =>
      `  node {\n    name: ${name}\n    nodeid: ${index + 1}\n    quorum_votes: 1\n    ring0_addr: 192.0.2.${index + 1}\n  }\n`,
  );
  return `nodelist {\n${entries.join('')}}\n\ntotem {\n  cluster_name: ${cluster}\n  config_version: ${nodes.length}\n  version: 2\n}\n`;
}

function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(join(file), JSON.stringify(value));
}
