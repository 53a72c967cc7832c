import type { BridgeNode, BridgePort, CheckFinding } from '../../../../shared/schemas/bridge.ts';
import { sameInterfaceAddress } from '../addresses.ts';
import type { BridgeMember, ClusterBridge } from '../cluster-bridge.ts';
import { cableName } from './links.ts';

type Live = NonNullable<BridgeNode['live']>;

/** What is wrong with one node's own part, as it says itself; cables have two ends and are judged elsewhere. */
export function nodeFindings(
  bridge: ClusterBridge,
  member: BridgeMember,
  live: Live,
  allPass: boolean,
): CheckFinding[] {
  return live.bridge === undefined
    ? [bridgeMissing(member)]
    : [
        ...bridgeFindings(member, live.bridge),
        ...live.ports.flatMap((port) => portFindings(bridge, member, live, port)),
        ...settling(member, live, allPass),
      ];
}

function bridgeMissing({ node, bridge }: BridgeMember): CheckFinding {
  return {
    severity: 'failure',
    code: 'bridge-missing',
    node,
    what: `${node} has no bridge ${bridge}.`,
    next: `On ${node} run: ifreload -a. If it is still missing, deploy the design: sifaka bridge deploy`,
  };
}

function bridgeFindings(
  { node, bridge, mtu, address, stp }: BridgeMember,
  live: NonNullable<Live['bridge']>,
): CheckFinding[] {
  const found: CheckFinding[] = [];
  const failure = (code: string, what: string, next: string) =>
    found.push({ severity: 'failure', code, node, what, next });
  if (!live.up)
    failure('bridge-down', `${bridge} on ${node} is down.`, `On ${node} run: ip link set ${bridge} up`);
  if (live.mtu !== mtu)
    failure(
      'bridge-mtu',
      `${bridge} on ${node} has MTU ${live.mtu}, not ${mtu}${live.mtu < mtu ? '; full frames do not get through it' : ''}.`,
      `On ${node} run: ip link set ${bridge} mtu ${mtu}`,
    );
  if (address !== undefined && !live.addresses.some((one) => sameInterfaceAddress(one, address)))
    failure(
      'address-missing',
      `${bridge} on ${node} has not its address ${address}${live.addresses.length === 0 ? '' : `, but ${live.addresses.slice(0, 4).join(', ')}`}.`,
      `On ${node} run: ip address add ${address} dev ${bridge}`,
    );
  if (live.stp !== stp)
    found.push({
      severity: 'warning',
      code: stp ? 'stp-off' : 'stp-on',
      node,
      what: stp
        ? `STP is off on ${bridge} of ${node}; where the cables close a ring, frames may circle in it for ever.`
        : `STP is on on ${bridge} of ${node}, and the cluster file says that it is off.`,
      next: `Deploy the design: sifaka bridge deploy. Or on ${node} run: ip link set ${bridge} type bridge stp_state ${stp ? 1 : 0}`,
    });
  return found;
}

function portFindings(
  bridge: ClusterBridge,
  member: BridgeMember,
  live: Live,
  port: BridgePort,
): CheckFinding[] {
  const { node } = member;
  const isListed = member.ports.some(({ name }) => name === port.name);
  if (!isListed && !port.enslaved) return [];
  const cable = bridge.cables.find((one) =>
    [one.from, one.to].some((end) => end.node === node && end.port === port.name),
  );
  const about = { node, port: port.name, ...(cable === undefined ? {} : { cable: cableName(cable) }) };
  const found: CheckFinding[] = [];
  if (isListed && port.present && !port.enslaved)
    found.push({
      severity: 'failure',
      code: 'port-apart',
      ...about,
      what: `${port.name} on ${node} is not a port of ${member.bridge}.`,
      next: `On ${node} run: ip link set ${port.name} mtu ${member.mtu} master ${member.bridge} up`,
    });
  if (port.present && port.mtu !== undefined && port.mtu < member.mtu) {
    const what = `${port.name} on ${node} has MTU ${port.mtu}, below the ${member.mtu} of ${member.bridge}; full frames through it are lost silently.`;
    found.push({
      severity: isListed ? 'failure' : 'warning',
      code: isListed ? 'port-mtu' : 'other-port-mtu',
      ...about,
      what,
      next: `On ${node} run: ip link set ${port.name} mtu ${member.mtu}`,
    });
  }
  if (port.enslaved && port.carrier !== false && port.state === 'disabled' && live.bridge?.up === true)
    found.push({
      severity: 'failure',
      code: 'port-down',
      ...about,
      what: `${port.name} on ${node} is disabled in ${member.bridge}.`,
      next: `On ${node} run: ip link set ${port.name} up`,
    });
  return found;
}

/** No fault as long as all frames get through; else it may be why they do not. */
function settling({ node }: BridgeMember, { ports }: Live, allPass: boolean): CheckFinding[] {
  return ports
    .filter(({ state }) => state === 'listening' || state === 'learning')
    .map(({ name, state }) => ({
      severity: allPass ? 'warning' : 'failure',
      code: 'port-settling',
      node,
      port: name,
      what: `${name} on ${node} is ${state}: STP has not settled yet.`,
      next: 'Wait a minute and check again: sifaka bridge check',
    }));
}
