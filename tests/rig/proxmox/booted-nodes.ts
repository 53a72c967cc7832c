import { fileURLToPath } from 'node:url';
import type { NodePlan, ProxmoxPlan } from '../cluster/calls.ts';
import type { ClusterNode } from '../cluster/node.ts';
import { writePveCluster } from './pve-files.ts';
import { PveNode } from './pve-node.ts';

export interface ProxmoxOptions {
  /** The Proxmox cluster that all are in, `madagascar`; null: each is in none. */
  readonly pveCluster?: string | null;
  /** Storages that they share, at /mnt/pve; `nas`. */
  readonly stores?: readonly string[];
  /** Other folders that they share. */
  readonly folders?: readonly string[];
}

const here = fileURLToPath(new URL('.', import.meta.url));

/** What the supervisor of booted nodes does for them before they boot. */
export function proxmoxPlan(
  { pveCluster = 'madagascar', stores = ['nas'], folders = [] }: ProxmoxOptions,
  names: readonly string[],
): ProxmoxPlan {
  const shares = names.map((name) => [name, pveCluster === null ? name : 'cluster']);
  return { tools: here, shares: Object.fromEntries(shares), shared: [...stores, ...folders] };
}

/** After a start no guest runs, and the others of the Proxmox cluster see the node. */
export function proxmoxFiles(node: string): NodePlan['files'] {
  const folder = '/var/lib/pve-rig/cluster';
  const unit = [
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=/bin/sh -c 'rm -f ${folder}/running/${node}/*; : >${folder}/online/${node}'`,
    `ExecStop=rm -f ${folder}/online/${node}`,
    '',
  ].join('\n');
  return [
    { path: 'etc/systemd/system/pve-rig.service', content: unit, mode: 0o644 },
    {
      path: 'etc/systemd/system/multi-user.target.d/pve-rig.conf',
      content: '[Unit]\nWants=pve-rig.service\n',
      mode: 0o644,
    },
  ];
}

export function setUpProxmox(
  nodes: readonly ClusterNode[],
  { pveCluster = 'madagascar', stores = ['nas'] }: ProxmoxOptions,
): void {
  for (const node of nodes) {
    const members = pveCluster === null ? [node.name] : nodes.map(({ name }) => name);
    writePveCluster((file) => node.path(file), pveCluster, members, stores);
  }
}

class BootedPveNode extends PveNode {
  readonly name: string;
  readonly #node: ClusterNode;

  constructor(node: ClusterNode) {
    super();
    this.name = node.name;
    this.#node = node;
  }

  path(file: string): string {
    return this.#node.path(file);
  }
}

/** Guests, settings and files of a booted node that was started with the stand-ins. */
export function pveNode(node: ClusterNode): PveNode {
  return new BootedPveNode(node);
}
