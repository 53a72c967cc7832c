import type { BridgePlan } from '../../../../shared/schemas/bridge.ts';
import { plainAddress } from '../addresses.ts';
import { type BridgeFacts, factsOf } from './bridge-facts.ts';
import { isChanged, type PlannedFrom } from './refusals.ts';

type Warning = BridgePlan['warnings'][number];

/** What should be known before the plan is run, in the order of its nodes. */
export function warnings(facts: BridgeFacts, nodes: readonly PlannedFrom[]): Warning[] {
  return [
    ...leftOut(facts),
    ...nodes.flatMap(drift),
    ...nodes.flatMap((node) => differs(facts, node)),
    ...nodes.flatMap(ports),
    ...nodes.flatMap(pending),
    ...settles(facts, nodes),
  ];
}

function leftOut({ bridge, source, nodes }: BridgeFacts): Warning[] {
  const planned = new Set(nodes.map(({ member }) => member.node));
  const others = bridge.nodes.map(({ node }) => node).filter((node) => !planned.has(node));
  const strangers = Object.keys(source.nodes).filter(
    (node) => !bridge.nodes.some((member) => member.node === node),
  );
  return [
    ...(others.length === 0
      ? []
      : [
          {
            code: 'nodes-left-out' as const,
            what: `Left as they are: ${others.join(', ')}. The bridge works only between nodes that agree.`,
          },
        ]),
    ...strangers.map((node) => ({
      code: 'nodes-left-out' as const,
      what: `${source.name} has files for ${node}, which has no thunderbridge in ${bridge.file}: nothing goes there.`,
    })),
  ];
}

function drift({ planned: { node, files } }: PlannedFrom): Warning[] {
  const drifted = files.filter((file) => file.drifted).map(({ path }) => path);
  if (drifted.length === 0) return [];
  return [
    {
      code: 'drift',
      node,
      what: `Somebody changed on ${node} what the last deploy left there: ${drifted.join(', ')}. That would be lost.`,
    },
  ];
}

/** A check compares with the cluster file, so a deploy of such files would be taken back. */
function differs(
  { source, bridge }: BridgeFacts,
  { asked, designed, planned: { node, expected } }: PlannedFrom,
): Warning[] {
  if (expected === undefined) return [];
  const { member } = asked;
  const said: string[] = [];
  const [address] = designed.addresses;
  if (
    address !== undefined &&
    member.address !== undefined &&
    plainAddress(address) !== plainAddress(member.address)
  )
    said.push(`the address ${address} instead of ${member.address}`);
  if (designed.mtu !== undefined && designed.mtu !== member.mtu)
    said.push(`an MTU of ${designed.mtu} instead of ${member.mtu}`);
  if (designed.stp !== undefined && designed.stp !== member.stp)
    said.push(`STP ${designed.stp ? 'on' : 'off'} instead of ${member.stp ? 'on' : 'off'}`);
  if (said.length === 0) return [];
  return [
    {
      code: 'design-differs',
      node,
      what: `${source.name} gives ${node} ${said.join(' and ')}, as ${bridge.file} has it. ${agreeing(source, bridge)}`,
    },
  ];
}

/** What was taken back on the nodes is still wanted by the cluster file, which checks and the next design go by. */
function agreeing({ source }: BridgeFacts['source'], { file }: BridgeFacts['bridge']): string {
  return source.kind === 'design'
    ? 'A new design would agree: sifaka bridge new-attempt'
    : `Set it in ${file} too: checks compare with that file, and the next design is made from it.`;
}

function ports({ asked, planned: { node, expected } }: PlannedFrom): Warning[] {
  const links = factsOf(asked)?.links;
  if (links === undefined || expected === undefined) return [];
  const absent = expected.ports.filter((port) => !links.some(({ name }) => name === port));
  // An interface that is not up has no carrier in any case.
  const unplugged = links.filter(({ name, up, carrier }) => expected.ports.includes(name) && up && !carrier);
  return [
    ...(absent.length === 0
      ? []
      : [
          {
            code: 'ports-absent' as const,
            node,
            what: `${node} has no ${absent.join(' and no ')} now; it joins the bridge when it is plugged in.`,
          },
        ]),
    ...unplugged.map(({ name }) => ({
      code: 'cable-unplugged' as const,
      node,
      what: `${name} of ${node} has no carrier: its cable is out, or the other end is down.`,
    })),
  ];
}

function pending({ asked, planned }: PlannedFrom): Warning[] {
  const found = factsOf(asked)?.pending ?? [];
  if (found.length === 0 || !isChanged(planned)) return [];
  const { node } = planned;
  return [
    {
      code: 'network-pending',
      node,
      what: `On ${node} ifupdown2 would change ${found.join(', ')} too, over which you reach it: its configuration is not what is in force (ifquery --check).`,
    },
  ];
}

/** 802.1D: a port listens for the forward delay, then learns for it, then forwards. */
function settles({ bridge }: BridgeFacts, nodes: readonly PlannedFrom[]): Warning[] {
  const settling = nodes.filter(
    ({ planned: { live, expected } }) =>
      expected?.stp === true && live.some(({ what }) => ['exists', 'stp', 'port'].includes(what)),
  );
  const [first] = settling;
  if (first === undefined) return [];
  const delay = Math.max(...settling.map(({ designed }) => designed.forwardDelay ?? bridge.forwardDelay));
  return [
    {
      code: 'stp-settles',
      what: `With STP no frame passes in the first ${2 * Math.max(2, delay)} seconds; after a cable was pulled the ring can take up to a minute.`,
    },
  ];
}
