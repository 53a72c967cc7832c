import type { BridgeNode, CheckFinding } from '../../../../shared/schemas/bridge.ts';
import type { ClusterBridge } from '../cluster-bridge.ts';
import { type CableEnd, type CableState, type EndState, parts, portOf, rings } from './links.ts';

/**
 * What is wrong between the nodes. A cable that is out is a warning as long as all frames get through without it: a ring
 * does just that for its operator, who is to know it all the same, because the next one parts the bridge.
 */
export function cableFindings(
  bridge: ClusterBridge,
  nodes: readonly BridgeNode[],
  cables: readonly CableState[],
  allPass: boolean,
): CheckFinding[] {
  const severity = allPass ? 'warning' : 'failure';
  return [
    ...cables.flatMap((cable) => cableOut(cable, severity)),
    ...portsWithoutCable(bridge, nodes, severity),
    ...parted(bridge, nodes, cables, allPass),
    ...blocked(nodes, cables),
  ];
}

function isOut(end: EndState): boolean {
  return end === 'absent' || end === 'no-carrier';
}

function cableOut({ name, from, to, ends }: CableState, severity: CheckFinding['severity']): CheckFinding[] {
  const [one, other] = ends;
  if (!isOut(one) && !isOut(other)) return [];
  // A Thunderbolt port that is there has a cable in it; one of two that are there is down, then.
  if (one === 'no-carrier' && other === 'no-carrier') {
    const what = `The cable ${name} carries nothing: ${words(from, one)}, ${words(to, other)}.`;
    const next = `On ${from.node} run: ip link set ${from.port} up; on ${to.node} run: ip link set ${to.port} up. If it stays so, plug the cable in again at both ends.`;
    return [{ severity, code: 'cable-out', cable: name, what, next }];
  }
  if (isOut(one) && isOut(other)) {
    const what = `The cable ${name} is out: ${words(from, one)}, ${words(to, other)}.`;
    const next = `Plug in the cable between ${from.port} of ${from.node} and ${to.port} of ${to.node}; the port comes back by itself.`;
    return [{ severity, code: 'cable-out', cable: name, what, next }];
  }
  const [bad, state] = isOut(one) ? ([from, one] as const) : ([to, other] as const);
  const far = bad === from ? to : from;
  const next =
    state === 'absent'
      ? `Plug the end at ${bad.node} in again. If that does not help, on ${bad.node} run: modprobe thunderbolt-net; dmesg | grep -i thunderbolt`
      : `On ${bad.node} run: ip link set ${bad.port} up. If it stays so, plug the cable in again at both ends.`;
  return [
    {
      severity,
      code: state === 'absent' ? 'port-absent' : 'no-carrier',
      node: bad.node,
      port: bad.port,
      cable: name,
      what: `${words(bad, state)}, at one end of the cable ${name} only; the end at ${far.node} is not out.`,
      next,
    },
  ];
}

function words({ node, port }: CableEnd, state: EndState): string {
  return state === 'absent' ? `${port} on ${node} is not there` : `${port} on ${node} has no carrier`;
}

/** Ports that the cluster file lists and has no cable for. */
function portsWithoutCable(
  { nodes: members, cables }: ClusterBridge,
  nodes: readonly BridgeNode[],
  severity: CheckFinding['severity'],
): CheckFinding[] {
  const plugged = new Set(
    cables.flatMap(({ from, to }) => [from, to]).map(({ node, port }) => `${node}:${port}`),
  );
  return members.flatMap(({ node, ports }) =>
    ports.flatMap(({ name }): CheckFinding[] => {
      const port = portOf(nodes, { node, port: name });
      if (port === undefined || plugged.has(`${node}:${name}`)) return [];
      if (port.present && port.carrier !== false) return [];
      const state = port.present ? 'no-carrier' : 'absent';
      return [
        {
          severity,
          code: port.present ? 'no-carrier' : 'port-absent',
          node,
          port: name,
          what: `${words({ node, port: name }, state)}.`,
          next: `Plug in the cable at ${name} of ${node}, or take the port out of the cluster file.`,
        },
      ];
    }),
  );
}

/** With one cable too many out, or one node left out, the bridge is in pieces. */
function parted(
  { bridge }: ClusterBridge,
  nodes: readonly BridgeNode[],
  cables: readonly CableState[],
  allPass: boolean,
): CheckFinding[] {
  if (allPass || cables.length === 0) return [];
  // A node that was not looked at may be what joins two others.
  const names = [...new Set(cables.flatMap(({ from, to }) => [from.node, to.node]))];
  const groups = parts(names, cables);
  if (groups.length === 1 || names.some((name) => nodes.every(({ node }) => node !== name))) return [];
  const pieces = groups.map((group) => group.join(', ')).join(' | ');
  return [
    {
      severity: 'failure',
      code: 'bridge-parted',
      what: `${bridge} is in ${groups.length} pieces: ${pieces}. No frame gets from one to another.`,
      next: 'Mend the cables and ports named here until one way joins all nodes.',
    },
  ];
}

/** STP blocks one port for each ring that the cables close; that is no fault. A ring that nobody blocks is one. */
function blocked(nodes: readonly BridgeNode[], cables: readonly CableState[]): CheckFinding[] {
  const inCables = [...new Set(cables.flatMap(({ from, to }) => [from.node, to.node]))];
  const lives = inCables.map((name) => nodes.find(({ node }) => node === name)?.live);
  // What one node does not say, or the cluster file, cannot be counted.
  if (cables.length === 0 || lives.some((live) => live?.bridge === undefined)) return [];
  const wanted = rings(inCables, cables);
  const ports = nodes.flatMap(({ node, live }) =>
    (live?.ports ?? [])
      .filter(({ state, enslaved }) => enslaved && state === 'blocking')
      .map(({ name }) => ({ node, port: name })),
  );
  if (wanted > 0 && ports.length === 0 && lives.every((live) => live?.bridge?.stp === false))
    return [
      {
        severity: 'failure',
        code: 'ring-without-stp',
        what: 'The cables close a ring and STP is off on every bridge: one frame circles in it for ever, and many of them fill the links.',
        next: 'Take out one cable of the ring now, then deploy a design with STP: sifaka bridge deploy',
      },
    ];
  if (ports.length <= wanted) return [];
  const named = ports.map(({ node, port }) => `${port} on ${node}`).join(', ');
  return [
    {
      severity: 'warning',
      code: 'ports-blocked',
      what: `STP blocks more ports (${named}) than the cables of the cluster file close rings (${wanted}): they are plugged in another way, or STP has not settled.`,
      next: 'Compare the cables with those of the cluster file, and check again in a minute: sifaka bridge check',
    },
  ];
}
