import type { CheckFinding, PairResult } from '../../../../shared/schemas/bridge.ts';
import type { ClusterBridge } from '../cluster-bridge.ts';
import { type CableState, parts } from './links.ts';

interface PairFacts {
  readonly bridge: ClusterBridge;
  readonly pairs: readonly PairResult[];
  readonly cables: readonly CableState[];
  /** What was found at nodes and cables. */
  readonly causes: readonly CheckFinding[];
}

/** What keeps frames of any size from a node and to it. */
const nodeCauses = new Set([
  'node-silent',
  'address-untold',
  'bridge-missing',
  'bridge-down',
  'address-missing',
]);
/** What lets small frames through and full ones not. */
const sizeCauses = new Set(['port-mtu', 'bridge-mtu', 'other-port-mtu']);
const mostNamed = 6;

/** Pairs that fail for no reason that a node or a cable shows; those that fail alike are one finding. */
export function pairFindings(facts: PairFacts): CheckFinding[] {
  const { causes } = facts;
  const failing = facts.pairs.filter(({ passed }) => !passed);
  const unexplained = failing.filter((pair) => !isExplained(facts, pair));
  return [
    ...notAsked(unexplained.filter(({ sent }) => sent === 0)),
    ...fullLost(
      facts.bridge,
      causes.some(({ code }) => sizeCauses.has(code))
        ? []
        : unexplained.filter(({ smallPasses }) => smallPasses === true),
    ),
    ...someLost(failing.filter(({ received }) => received > 0)),
    ...noneThrough(
      facts,
      unexplained.filter(({ sent, received, smallPasses }) => sent > 0 && received === 0 && !smallPasses),
    ),
  ];
}

function isExplained({ bridge, cables, causes }: PairFacts, { from, to, smallPasses }: PairResult): boolean {
  if (smallPasses === true) return false;
  const ends = new Set([from, to]);
  if (causes.some(({ code, node }) => nodeCauses.has(code) && node !== undefined && ends.has(node)))
    return true;
  if (causes.some(({ code }) => code === 'port-settling' || code === 'ring-without-stp')) return true;
  const groups = parts(
    bridge.nodes.map(({ node }) => node),
    cables,
  );
  return cables.length > 0 && groups.every((group) => !(group.includes(from) && group.includes(to)));
}

/** ping itself did not work: it is missing, it is another ping, or the way to the node was lost meanwhile. */
function notAsked(pairs: readonly PairResult[]): CheckFinding[] {
  return [...Map.groupBy(pairs, ({ from }) => from)].map(([node, [first]]) => {
    const said = first?.said ?? 'ping did not say why.';
    const isPing = /ping.*(?:not found|no such file|invalid option|unrecognized option)/i.test(said);
    return {
      severity: 'failure' as const,
      code: isPing ? 'ping-unusable' : 'not-asked',
      node,
      what: isPing
        ? `The ping of ${node} cannot send full frames that are never split: ${said}`
        : `${node} could not be made to ping: ${said}`,
      next: isPing
        ? `On ${node} run: apt-get install iputils-ping`
        : 'Check again: sifaka bridge check. If it is the same, try the command on the node by hand.',
    };
  });
}

function fullLost({ bridge, mtu }: ClusterBridge, pairs: readonly PairResult[]): CheckFinding[] {
  if (pairs.length === 0) return [];
  return [
    {
      severity: 'failure',
      code: 'full-frames-lost',
      what: `Full frames are lost from ${named(pairs)}, though small ones get through, and no port that was looked at has an MTU below ${mtu}.`,
      next: `Check again, as STP may have opened the way only meanwhile: sifaka bridge check. If it is the same, what is between them has a smaller MTU; on each node on the way run: bridge -d link; ip -d link show ${bridge}`,
    },
  ];
}

function someLost(pairs: readonly PairResult[]): CheckFinding[] {
  if (pairs.length === 0) return [];
  const counts = pairs.slice(0, mostNamed).map(({ from, to, sent, received }) => {
    return `${from} → ${to} (${sent - received} of ${sent})`;
  });
  return [
    {
      severity: 'failure',
      code: 'frames-lost',
      what: `Some full frames are lost: ${counts.join(', ')}${more(pairs)}.`,
      next: 'A cable or its plugs may be bad, or a node too busy. On both nodes run: ip -s -s link; dmesg | grep -i thunderbolt',
    },
  ];
}

function noneThrough(
  { bridge: { bridge, stp }, causes }: PairFacts,
  pairs: readonly PairResult[],
): CheckFinding[] {
  if (pairs.length === 0) return [];
  // The port that is still blocked is what would carry them: nothing is wrong beyond the cable, for now.
  if (stp && causes.some(({ code }) => code === 'cable-out'))
    return [
      {
        severity: 'failure',
        code: 'ring-healing',
        what: `Nothing gets through from ${named(pairs)} yet: a cable is out, and STP has not opened the other way round the ring.`,
        next: 'That takes up to a minute. Check again: sifaka bridge check',
      },
    ];
  const said = pairs.find((pair) => pair.said !== undefined)?.said;
  return [
    {
      severity: 'failure',
      code: 'no-way',
      what: `Nothing gets through from ${named(pairs)}, though bridges, ports and cables look right${said === undefined ? '' : ` (${said})`}.`,
      next: `On both nodes run: bridge fdb show br ${bridge}; nft list ruleset; dmesg | tail. A firewall, a wrong cable or an address that two nodes have may be the cause.`,
    },
  ];
}

function named(pairs: readonly PairResult[]): string {
  const names = pairs.slice(0, mostNamed).map(({ from, to }) => `${from} to ${to}`);
  return `${names.join(', ')}${more(pairs)}`;
}

function more({ length }: readonly PairResult[]): string {
  return length > mostNamed ? ` and ${length - mostNamed} more` : '';
}
