import type { BridgePort } from '../../../shared/schemas/bridge.ts';

/** How a port stands, from what the node says of it; `slow` forwards, but frames of the bridge's size do not fit. */
export type PortHealth =
  | 'forwarding'
  | 'blocking'
  | 'settling'
  | 'slow'
  | 'no-carrier'
  | 'not-in-bridge'
  | 'absent'
  | 'disabled';

export function portHealth(port: BridgePort, bridgeMtu: number): PortHealth {
  if (!port.present) return 'absent';
  if (!port.enslaved) return 'not-in-bridge';
  if (port.carrier === false) return 'no-carrier';
  if (port.mtu !== undefined && port.mtu < bridgeMtu) return 'slow';
  if (port.state === 'listening' || port.state === 'learning') return 'settling';
  return port.state ?? 'disabled';
}

/** How a cable stands, as far as its two ends tell; an end that nothing is known of is `undefined`. */
export type CableHealth = 'carries' | 'stands-by' | 'settling' | 'slow' | 'cut' | 'unknown';

const severity: readonly CableHealth[] = ['carries', 'stands-by', 'settling', 'unknown', 'slow', 'cut'];

export function cableHealth(ends: readonly (PortHealth | undefined)[]): CableHealth {
  const each = new Set(ends.map(ofEnd));
  return severity.findLast((one) => each.has(one)) ?? 'unknown';
}

function ofEnd(health: PortHealth | undefined): CableHealth {
  if (health === undefined) return 'unknown';
  if (health === 'forwarding') return 'carries';
  if (health === 'blocking') return 'stands-by';
  if (health === 'settling' || health === 'slow') return health;
  return 'cut';
}
