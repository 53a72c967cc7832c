import { createHash } from 'node:crypto';
import type { BridgeRequest, NodeFile } from '../../../shared/schemas/bridge.ts';
import type { ClusterBridge } from '../../../electron/services/bridge/cluster-bridge.ts';
import type { LinkFacts } from '../../../electron/services/bridge/facts/links.ts';
import type { FileFacts, NodeBridgeFacts } from '../../../electron/services/bridge/facts/node-facts.ts';
import { requiredTools } from '../../../electron/services/bridge/facts/required-tools.ts';
import type { AskedNode, BridgeFacts } from '../../../electron/services/bridge/plan/bridge-facts.ts';

export const names = ['baobab', 'ebony', 'tapia'] as const;
export const interfaces = '/etc/network/interfaces.d/10-thunderbolt';
export const request: Pick<BridgeRequest, 'mode' | 'windowSeconds'> = { mode: 'all', windowSeconds: 120 };

export function file(path: string, text: string, rights: Partial<NodeFile> = {}): NodeFile {
  return {
    path,
    owner: 'root',
    group: 'root',
    mode: '0644',
    size: Buffer.byteLength(text),
    sha256: createHash('sha256').update(text).digest('hex'),
    text,
    ...rights,
  };
}

export function stanza(address: string, { stp = 'on', mtu = 65_520, more = '' } = {}): NodeFile {
  return file(
    interfaces,
    `auto thunderbridge
iface thunderbridge inet static
    address ${address}
    mtu ${mtu}
    bridge-ports none
    bridge-stp ${stp}
    bridge-fd 2
    post-up /usr/local/sbin/thunderbridge enlist thunderbridge ${mtu} thunderbolt0 thunderbolt1
${more}`,
  );
}

export function link(name: string, more: Partial<LinkFacts> = {}): LinkFacts {
  return { name, mtu: 1500, up: true, carrier: true, addresses: [], ...more };
}

/** A node as it is before the first deploy: two cables plugged in, reached over a port of its own. */
export function nodeFacts(more: Partial<NodeBridgeFacts> = {}): NodeBridgeFacts {
  return {
    isRoot: true,
    tools: requiredTools,
    links: [
      link('lo', { mtu: 65_536, addresses: ['127.0.0.1/8'] }),
      link('mgmt0', { addresses: ['192.0.2.1/24'] }),
      link('thunderbolt0'),
      link('thunderbolt1'),
    ],
    management: { interface: 'mgmt0', address: '192.0.2.1', leavesBy: 'mgmt0' },
    state: {},
    pending: [],
    files: new Map(),
    kernel: [],
    units: [],
    ...more,
  };
}

/** The links of a node where the bridge is as its files say. */
export function deployedLinks(address: string): LinkFacts[] {
  const port = { mtu: 65_520, master: 'thunderbridge', portState: 'forwarding' } as const;
  return [
    link('mgmt0', { addresses: ['192.0.2.1/24'] }),
    link('thunderbridge', { kind: 'bridge', mtu: 65_520, stp: true, addresses: [address] }),
    link('thunderbolt0', port),
    link('thunderbolt1', port),
  ];
}

export const bridge: ClusterBridge = {
  file: 'cluster/madagascar.json',
  cluster: 'madagascar',
  bridge: 'thunderbridge',
  mtu: 65_520,
  stp: true,
  forwardDelay: 2,
  ring: true,
  nodes: names.map((node, index) => ({
    node,
    bridge: 'thunderbridge',
    mtu: 65_520,
    stp: true,
    address: `10.99.0.${index + 1}/24`,
    ports: [{ name: 'thunderbolt0' }, { name: 'thunderbolt1' }],
  })),
  cables: names.map((node, index) => ({
    from: { node, port: 'thunderbolt1' },
    to: { node: names[(index + 1) % 3] ?? '', port: 'thunderbolt0' },
  })),
};

export interface NodeCase {
  readonly files?: readonly NodeFile[];
  readonly facts?: Partial<NodeBridgeFacts>;
  readonly answer?: AskedNode['answer'];
}

/** Facts of three nodes, as before the first deploy but for what is given. */
export function bridgeFacts(
  cases: Partial<Record<(typeof names)[number], NodeCase>> = {},
  described: ClusterBridge = bridge,
): BridgeFacts {
  const nodes = described.nodes.map((member): AskedNode => {
    const {
      files = [stanza(member.address ?? '')],
      facts = {},
      answer,
    } = cases[member.node as 'ebony'] ?? {};
    return { member, files, answer: answer ?? { facts: nodeFacts(facts) } };
  });
  return {
    bridge: described,
    source: {
      source: { kind: 'design', name: 'attempt1' },
      digest: 'd'.repeat(64),
      name: 'attempt1',
      nodes: Object.fromEntries(nodes.map(({ member, files }) => [member.node, files])),
    },
    nodes,
  };
}

export function onNode(...files: readonly NodeFile[]): ReadonlyMap<string, FileFacts> {
  return new Map(files.map((each) => [each.path, { kind: 'file', file: each }]));
}
