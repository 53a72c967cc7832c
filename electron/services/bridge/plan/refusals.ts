import type { BridgeRefusal, PlannedNode } from '../../../../shared/schemas/bridge.ts';
import type { FileFacts, NodeBridgeFacts } from '../facts/node-facts.ts';
import { requiredTools } from '../facts/required-tools.ts';
import { plainAddress } from '../addresses.ts';
import { type AskedNode, type BridgeFacts, factsOf } from './bridge-facts.ts';
import type { DesignedBridge } from './designed-bridge.ts';
import { managementLinks } from './management-links.ts';
import { ringReasons } from './rings.ts';

/** What is planned for one node, and what it is planned from. */
export interface PlannedFrom {
  readonly asked: AskedNode;
  readonly designed: DesignedBridge;
  readonly planned: PlannedNode;
}

/** Why the plan may not be run, in the order of its nodes. A node where nothing changes is refused only if it is silent. */
export function refusals(facts: BridgeFacts, nodes: readonly PlannedFrom[]): BridgeRefusal[] {
  return [
    ...facts.nodes.flatMap(silent),
    ...nodes.flatMap(unprepared),
    ...nodes.flatMap(armed),
    ...nodes.flatMap(inTheWay),
    ...nodes.flatMap((node) => management(node)),
    ...ringWithoutStp(facts, nodes),
    ...nodes.flatMap((node) => [...smallPortsOfDesign(node), ...smallPortsOfNode(node)]),
    ...addressTwice(facts, nodes),
  ];
}

function silent({ member: { node }, answer }: AskedNode): BridgeRefusal[] {
  if (!('problem' in answer)) return [];
  const { what, next } = answer.problem;
  return [{ code: 'node-silent', node, what: `${node} did not answer. ${what}`, next }];
}

function unprepared({ asked, planned: { node } }: PlannedFrom): BridgeRefusal[] {
  const facts = factsOf(asked);
  if (facts === undefined) return [];
  const refused: BridgeRefusal[] = [];
  if (!facts.isRoot) {
    refused.push({
      code: 'node-unprepared',
      node,
      what: `Sifaka logs in to ${node} as a user who is not root, and only root can change its network.`,
      next: `Give ${node} "ssh": {"user": "root"} in the cluster file, and put your key into root's authorized_keys there.`,
    });
  }
  const missing = requiredTools.filter((tool) => !facts.tools.includes(tool));
  if (missing.length > 0) {
    refused.push({
      code: 'node-unprepared',
      node,
      what: `${node} has not all that a deploy needs there: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
      next: `On a Debian or Proxmox system: apt install ifupdown2 iproute2 iputils-ping, with systemd running.`,
    });
  }
  return refused;
}

function armed({ asked, planned: { node } }: PlannedFrom): BridgeRefusal[] {
  const running = factsOf(asked)?.state.armed;
  if (running === undefined) return [];
  return [
    {
      code: 'node-armed',
      node,
      what: `${node} is armed by deploy ${running.deploy}: it waits for that one's confirmation, or takes it back by itself.`,
      next: 'Wait until that deploy has ended; `sifaka bridge status` counts down. Then plan again.',
    },
  ];
}

const waysToBeThere: Record<Exclude<FileFacts['kind'], 'file' | 'absent'>, string> = {
  link: 'is a link',
  directory: 'is a folder',
  other: 'is no ordinary file',
  behind: 'lies in a folder that is reached through a link, or is none',
  large: 'is larger than 256 KiB',
};

function inTheWay({ asked, planned: { node } }: PlannedFrom): BridgeRefusal[] {
  const files = [...(factsOf(asked)?.files ?? [])].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return files.flatMap(([path, { kind }]): BridgeRefusal[] => {
    if (kind === 'file' || kind === 'absent') return [];
    return [
      {
        code: 'file-in-the-way',
        node,
        what: `${path} on ${node} ${waysToBeThere[kind]}: a deploy replaces ordinary files only.`,
        next: `Look at it on ${node} (ls -ld ${path}) and move it away, or take that file out of the design.`,
      },
    ];
  });
}

function management({ asked, planned }: PlannedFrom): BridgeRefusal[] {
  const facts = factsOf(asked);
  const { bridge, ports } = asked.member;
  if (facts === undefined || !isChanged(planned)) return [];
  const needed = managementLinks(facts);
  const changed = [bridge, ...ports.map(({ name }) => name)].find((name) => needed.has(name));
  if (changed === undefined || facts.management === undefined) return [];
  const { node } = planned;
  return [
    {
      code: 'management-on-bridge',
      node,
      what: `The connection to ${node} (${facts.management.address}) goes over ${changed}, which this would change.`,
      next: `Reach ${node} over another network: give it that address as hosts.management in the cluster file.`,
    },
  ];
}

function ringWithoutStp(
  { bridge, nodes: asked }: BridgeFacts,
  nodes: readonly PlannedFrom[],
): BridgeRefusal[] {
  const reasons = new Map(ringReasons(bridge, asked).map(({ node, why }) => [node, why]));
  return nodes.flatMap(({ designed, planned: { node, expected } }): BridgeRefusal[] => {
    const why = reasons.get(node);
    if (why === undefined || expected === undefined || designed.stp === true) return [];
    const says = designed.stp === false ? 'switch STP off' : 'do not switch STP on';
    return [
      {
        code: 'ring-without-stp',
        node,
        what: `The files for ${node} ${says}, and ${why}: one broadcast would go round and round and take the network down.`,
        next:
          bridge.cables.length === 0
            ? 'Name the cables in the cluster file, or make a design with STP: sifaka bridge new-attempt'
            : 'Make a design with STP (sifaka bridge new-attempt), or take the cable out and out of the cluster file.',
      },
    ];
  });
}

function smallPortsOfDesign({ designed, planned: { node, expected } }: PlannedFrom): BridgeRefusal[] {
  if (expected === undefined) return [];
  return designed.portMtus
    .filter(({ mtu }) => mtu < expected.mtu)
    .map(({ port, mtu, path }) => ({
      code: 'port-mtu-below-bridge',
      node,
      what: `${path} gives ${port} of ${node} an MTU of ${mtu}, and the bridge has ${expected.mtu}: every full frame would be lost there, and no counter would say so.`,
      next: `Give ${port} ${expected.mtu} in the design, or make a new one: sifaka bridge new-attempt`,
    }));
}

/** Of listed ports only what the driver can do counts, since the design raises them; others on the bridge are not touched. */
function smallPortsOfNode({ asked, planned: { node, expected } }: PlannedFrom): BridgeRefusal[] {
  const links = factsOf(asked)?.links ?? [];
  if (expected === undefined) return [];
  const listed = links.filter(({ name }) => expected.ports.includes(name));
  const others = links.filter(
    ({ name, master }) => master === expected.bridge && !expected.ports.includes(name),
  );
  const cannot = listed.flatMap(({ name, maxMtu }): BridgeRefusal[] =>
    maxMtu === undefined || maxMtu >= expected.mtu
      ? []
      : [
          {
            code: 'port-mtu-below-bridge',
            node,
            what: `${name} of ${node} takes an MTU of ${maxMtu} at most, and the bridge is to have ${expected.mtu}.`,
            next: `See that ${name} is the Thunderbolt port, or give all nodes an mtu of ${maxMtu} in the cluster file.`,
          },
        ],
  );
  const small = others.flatMap(({ name, mtu }): BridgeRefusal[] =>
    mtu >= expected.mtu
      ? []
      : [
          {
            code: 'port-mtu-below-bridge',
            node,
            what: `${name} is a port of ${expected.bridge} on ${node} with an MTU of ${mtu}, below the bridge's ${expected.mtu}, and the cluster file does not list it.`,
            next: `Take it out (ip link set ${plainName(name)} nomaster), or list it in the cluster file.`,
          },
        ],
  );
  return [...cannot, ...small];
}

/** A node may call an interface what it likes; only a plain name is offered to be typed. */
function plainName(name: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(name) ? name : 'PORT';
}

/** By the files, by the cluster file, and as the nodes have them now. */
function addressTwice({ bridge }: BridgeFacts, nodes: readonly PlannedFrom[]): BridgeRefusal[] {
  const planned = nodes.flatMap(({ asked, designed, planned: { node, expected } }) =>
    expected === undefined ? [] : [{ node, asked, addresses: addressesOf(designed, expected.address) }],
  );
  const others = bridge.nodes
    .filter(({ node }) => !nodes.some((each) => each.planned.node === node))
    .flatMap(({ node, address }) => (address === undefined ? [] : [{ node, address }]));
  return planned.flatMap(({ node, addresses }, index) =>
    addresses.flatMap((address): BridgeRefusal[] => {
      const taken =
        planned.slice(0, index).find((other) => other.addresses.includes(address))?.node ??
        others.find((other) => plainAddress(other.address) === address)?.node ??
        planned.find(
          (other) => other.node !== node && hasAddressBesides(factsOf(other.asked), address, bridge.bridge),
        )?.node;
      if (taken === undefined) return [];
      return [
        {
          code: 'address-twice',
          node,
          what: `${node} would get ${address}, which ${taken} has or would get too.`,
          next: 'Give each node an address of its own in the cluster file, then: sifaka bridge new-attempt',
        },
      ];
    }),
  );
}

function addressesOf(designed: DesignedBridge, address: string | undefined): string[] {
  const said = designed.addresses.length > 0 ? designed.addresses : address === undefined ? [] : [address];
  return said.map(plainAddress);
}

/** On an interface that this plan leaves alone; what is on the bridge itself is given up for the planned one. */
function hasAddressBesides(facts: NodeBridgeFacts | undefined, address: string, bridge: string): boolean {
  return (facts?.links ?? []).some(
    ({ name, addresses }) => name !== bridge && addresses.some((one) => plainAddress(one) === address),
  );
}

export function isChanged({ files, live }: Pick<PlannedNode, 'files' | 'live'>): boolean {
  return files.length > 0 || live.length > 0;
}
