import { Problem } from '../../../shared/problem.ts';
import type { Cluster, ClusterFile } from '../../../shared/schemas/cluster.ts';
import {
  cableEnd,
  closesRing,
  clusterUsesStp,
  type ListedPort,
  nodeUsesStp,
  portsOf,
} from '../../../shared/thunderbridge.ts';
import type { LabFile, LabFolder } from '../lab/lab-folder.ts';
import { onOneLine } from '../lab/plain-text.ts';

export interface CableEnd {
  readonly node: string;
  readonly port: string;
}

export interface BridgeCable {
  readonly from: CableEnd;
  readonly to: CableEnd;
}

/** One node's part of the bridge, as the cluster file has it. */
export interface BridgeMember {
  readonly node: string;
  readonly bridge: string;
  readonly mtu: number;
  readonly stp: boolean;
  /** With prefix length, as in 10.99.0.1/24. */
  readonly address?: string;
  readonly ports: readonly ListedPort[];
}

/** The bridge that the cluster file describes. */
export interface ClusterBridge {
  /** The cluster file, in the lab. */
  readonly file: string;
  readonly cluster: string;
  readonly bridge: string;
  readonly mtu: number;
  /** Whether the bridges run STP where a node's own entry says nothing else. */
  readonly stp: boolean;
  /** Seconds a port listens and then learns, with STP. */
  readonly forwardDelay: number;
  readonly nodes: readonly BridgeMember[];
  readonly cables: readonly BridgeCable[];
  /** Whether the cables lead from some node back to it. */
  readonly ring: boolean;
  readonly checkEveryMinutes?: number;
}

/** What the nodes' bridge is called where nothing is said, and the most that thunderbolt-net carries. */
const usualBridge = 'thunderbridge';
const usualMtu = 65_520;
/** The least that the kernel takes with STP: a port forwards four seconds after it came up. */
const usualForwardDelay = 2;

/** BRIDGE_MISSING when no node has one; LAB_FILE_INVALID when two clusters have one, or one has several sizes or names. */
export async function clusterBridge(lab: Pick<LabFolder, 'cluster'>): Promise<ClusterBridge> {
  const found = await lab.cluster();
  if (found === undefined) throw missing('The lab has no cluster file.');
  return bridgeInFile(found);
}

function bridgeInFile({ file, value }: LabFile<ClusterFile>): ClusterBridge {
  const having = Object.entries(value.clusters).filter(([, cluster]) => membersOf(cluster).length > 0);
  const [found, ...others] = having;
  if (found === undefined) throw missing(`No node in ${file} has a thunderbridge.`, file);
  if (others.length > 0) {
    const names = having.map(([name]) => name).join(', ');
    throw invalid(
      file,
      `${having.length} clusters have a thunderbridge: ${names}.`,
      'Keep one of them in a lab.',
    );
  }
  const [name, cluster] = found;
  const nodes = membersOf(cluster);
  const { bridge, mtu } = sameForAll(file, nodes);
  const whole = cluster.thunderbridge;
  const every = whole?.check?.everyMinutes;
  return {
    file,
    cluster: name,
    bridge,
    mtu,
    stp: clusterUsesStp(cluster),
    forwardDelay: whole?.forwardDelay ?? usualForwardDelay,
    nodes,
    cables: (whole?.cables ?? []).map(([from, to]) => ({ from: cableEnd(from), to: cableEnd(to) })),
    ring: closesRing(whole?.cables ?? []),
    ...(every === undefined ? {} : { checkEveryMinutes: every }),
  };
}

function membersOf(cluster: Cluster): BridgeMember[] {
  return Object.entries(cluster.nodes).flatMap(([node, described]) => {
    const { thunderbridge } = described;
    if (thunderbridge === undefined) return [];
    const { bridge = usualBridge, mtu = usualMtu, address } = thunderbridge;
    const ports = portsOf(described);
    const stp = nodeUsesStp(cluster, described);
    return [{ node, bridge, mtu, stp, ports, ...(address === undefined ? {} : { address }) }];
  });
}

/** Between two sizes full frames are lost without a trace, so that one bridge has one MTU. */
function sameForAll(file: string, nodes: readonly BridgeMember[]): { bridge: string; mtu: number } {
  const [first] = nodes;
  if (first === undefined) throw missing(`No node in ${file} has a thunderbridge.`, file);
  for (const { node, bridge, mtu } of nodes) {
    if (bridge === first.bridge && mtu === first.mtu) continue;
    throw invalid(
      file,
      `${node} has the bridge ${bridge} with MTU ${mtu}, and ${first.node} has ${first.bridge} with MTU ${first.mtu}.`,
      'Give all nodes of a thunderbridge the same bridge and the same MTU.',
    );
  }
  return first;
}

function missing(what: string, file?: string): Problem {
  return new Problem('BRIDGE_MISSING', {
    what: onOneLine(what, 300),
    state: 'No node was asked.',
    next: 'Give the nodes of one cluster a thunderbridge with address, mtu and ports in the cluster file.',
    ...(file === undefined ? {} : { where: { file } }),
  });
}

function invalid(file: string, what: string, next: string): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: onOneLine(`${file}: ${what}`, 400),
    state: 'No node was asked.',
    next,
    where: { file },
  });
}
