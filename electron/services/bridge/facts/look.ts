import type { BridgeNode, BridgePort } from '../../../../shared/schemas/bridge.ts';
import type { BridgeServiceParts } from '../bridge-service.ts';
import type { BridgeMember, ClusterBridge } from '../cluster-bridge.ts';
import type { AnswerLine } from './answer-lines.ts';
import { askNode } from './ask-node.ts';
import { type DeployState, parseDeployState } from './deploy-state.ts';
import { type LinkFacts, parseLinks } from './links.ts';
import { type Management, parseManagement } from './management.ts';
import { lookScript } from './node-scripts.ts';

const limits = { milliseconds: 15_000, bytes: 4 * 1024 * 1024 };

interface SeenNode {
  readonly links: readonly LinkFacts[];
  readonly management?: Management;
  readonly state: DeployState;
}

/** How the bridge stands on these nodes now, at the same time, in this order. CANCELLED. */
export async function lookAtNodes(
  parts: Pick<BridgeServiceParts, 'ssh' | 'clock'>,
  bridge: ClusterBridge,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<BridgeNode[]> {
  const ways = await parts.ssh.ways();
  const members = nodes.flatMap((name) => bridge.nodes.filter(({ node }) => node === name));
  return Promise.all(
    members.map(async (member) => {
      const parameters = [member.bridge, ...member.ports.map(({ name }) => name)];
      const question = { script: lookScript, parameters, limits };
      const answer = await askNode(parts, ways, member.node, question, seenNode, signal);
      const at = parts.clock.now().toISOString();
      return 'problem' in answer
        ? { node: member.node, at, problem: answer.problem }
        : { node: member.node, at, live: liveBridge(member, answer.facts) };
    }),
  );
}

function seenNode(lines: readonly AnswerLine[]): SeenNode | undefined {
  const links = lines
    .filter(({ word }) => word === 'links')
    .map(({ content }) => parseLinks(content.toString('utf8')));
  const state = parseDeployState(lines);
  const management = parseManagement(lines);
  if (state === undefined || links.includes(undefined)) return undefined;
  const found = new Map(links.flatMap((some) => some ?? []).map((link) => [link.name, link]));
  return { links: [...found.values()], state, ...(management === undefined ? {} : { management }) };
}

/** What a node is like, as the member of the bridge that it is to be. */
function liveBridge(
  member: BridgeMember,
  { links, management, state }: SeenNode,
): NonNullable<BridgeNode['live']> {
  const bridge = links.find(({ name, kind }) => name === member.bridge && kind === 'bridge');
  const listed = member.ports.map(({ name }) => name);
  const others = links.filter(({ name, master }) => master === member.bridge && !listed.includes(name));
  const deployed = state.deployed;
  return {
    ...(bridge === undefined
      ? {}
      : {
          bridge: {
            name: bridge.name,
            mtu: bridge.mtu,
            up: bridge.up,
            stp: bridge.stp ?? false,
            addresses: [...bridge.addresses],
          },
        }),
    ports: [...listed, ...others.map(({ name }) => name)].map((name) =>
      livePort(
        name,
        links.find((link) => link.name === name),
        member.bridge,
      ),
    ),
    ...(management === undefined
      ? {}
      : { management: { interface: management.interface, address: management.address } }),
    ...(state.armed === undefined ? {} : { armed: state.armed }),
    ...(deployed === undefined
      ? {}
      : { deployed: { deploy: deployed.deploy, design: deployed.design, digest: deployed.digest } }),
  };
}

function livePort(name: string, link: LinkFacts | undefined, bridge: string): BridgePort {
  if (link === undefined) return { name, present: false, enslaved: false };
  const enslaved = link.master === bridge;
  return {
    name,
    present: true,
    enslaved,
    mtu: link.mtu,
    carrier: link.carrier,
    ...(enslaved && link.portState !== undefined ? { state: link.portState } : {}),
    ...(link.receivedBytes === undefined ? {} : { receivedBytes: link.receivedBytes }),
    ...(link.sentBytes === undefined ? {} : { sentBytes: link.sentBytes }),
  };
}
