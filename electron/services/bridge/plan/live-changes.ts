import type { LiveChange, PlannedNode } from '../../../../shared/schemas/bridge.ts';
import type { LinkFacts } from '../facts/links.ts';
import { sameInterfaceAddress } from '../addresses.ts';

type Expected = NonNullable<PlannedNode['expected']>;

const none = '-';

/**
 * What of the interfaces will be different. Only of ports that are there: one that is unplugged joins when it comes. An
 * IPv6 address that the bridge got besides its own (from a router, say) is left alone.
 */
export function liveChanges(
  bridgeName: string,
  expected: Expected | undefined,
  links: readonly LinkFacts[],
): LiveChange[] {
  const bridge = links.find(({ name, kind }) => name === bridgeName && kind === 'bridge');
  if (expected === undefined) {
    return bridge === undefined ? [] : [{ link: bridgeName, what: 'exists', from: 'present', to: 'absent' }];
  }
  const ports = expected.ports.flatMap((name) => links.filter((link) => link.name === name));
  return [...bridgeChanges(expected, bridge), ...ports.flatMap((port) => portChanges(expected, port))];
}

function bridgeChanges(expected: Expected, bridge: LinkFacts | undefined): LiveChange[] {
  const link = expected.bridge;
  const changes: LiveChange[] = [
    { link, what: 'exists', from: bridge === undefined ? 'absent' : 'present', to: 'present' },
    { link, what: 'mtu', from: bridge === undefined ? none : String(bridge.mtu), to: String(expected.mtu) },
    { link, what: 'stp', from: bridge === undefined ? none : onOff(bridge.stp), to: onOff(expected.stp) },
    { link, what: 'up', from: bridge === undefined ? none : onOff(bridge.up), to: onOff(true) },
    ...addressChanges(expected, bridge),
  ];
  return changes.filter(({ from, to }) => from !== to);
}

function addressChanges({ bridge: link, address }: Expected, bridge: LinkFacts | undefined): LiveChange[] {
  if (address === undefined) return [];
  const found = bridge?.addresses ?? [];
  if (found.some((one) => sameInterfaceAddress(one, address))) return [];
  const ofItsKind = found.find((one) => one.includes(':') === address.includes(':'));
  return [{ link, what: 'address', from: ofItsKind ?? none, to: address }];
}

function portChanges({ bridge, mtu }: Expected, port: LinkFacts): LiveChange[] {
  const link = port.name;
  const changes: LiveChange[] = [
    { link, what: 'port', from: port.master ?? none, to: bridge },
    { link, what: 'mtu', from: String(port.mtu), to: String(mtu) },
    { link, what: 'up', from: onOff(port.up), to: onOff(true) },
  ];
  return changes.filter(({ from, to }) => from !== to);
}

function onOff(is: boolean | undefined): string {
  return is === true ? 'on' : 'off';
}
