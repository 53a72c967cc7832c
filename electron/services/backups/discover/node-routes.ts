import { z } from 'zod';
import type { ClusterNode } from '../../../../shared/schemas/cluster.ts';
import type { ManifestNode } from '../../../../shared/schemas/backup-manifest.ts';
import { onOneLine } from '../../lab/plain-text.ts';

type Route = ManifestNode['routes'][number];

/** The way from a node to an address, without what is reached there. */
export type FoundRoute = Omit<Route, 'place'>;

const ipSchema = z.union([z.ipv4(), z.ipv6()]);

const routesSchema = z
  .array(z.looseObject({ dev: z.string().min(1).max(64), prefsrc: z.string().max(64).optional() }))
  .min(1);

/** Two lines: the address as it was asked for, and `ip -j route get` of what it means there. `undefined` without a way. */
export function routeIn(text: string, node: ClusterNode): FoundRoute | undefined {
  const end = text.indexOf('\n');
  const address = text.slice(0, Math.max(end, 0));
  const routes = routesSchema.safeParse(jsonOf(text.slice(end + 1)));
  const found = routes.success ? routes.data[0] : undefined;
  if (end < 0 || found === undefined) return undefined;
  const device = onOneLine(found.dev, 32);
  return {
    address: onOneLine(address, 253),
    interface: device,
    ...(found.prefsrc !== undefined && ipSchema.safeParse(found.prefsrc).success
      ? { source: found.prefsrc }
      : {}),
    network: networkOf(node, device, found.prefsrc),
  };
}

/** By the interface that the cluster file names, else by the node's own address on it. */
function networkOf(node: ClusterNode, device: string, source: string | undefined): Route['network'] {
  const bridge = node.thunderbridge;
  if (
    bridge !== undefined &&
    (device === (bridge.bridge ?? 'thunderbridge') || isAddress(bridge.address, source))
  ) {
    return 'thunderbridge';
  }
  const wan = z
    .looseObject({ interface: z.unknown(), address: z.unknown() })
    .partial()
    .safeParse(node.wan).data;
  return wan !== undefined && (device === wan.interface || isAddress(wan.address, source)) ? 'wan' : 'other';
}

function isAddress(withPrefix: unknown, address: string | undefined): boolean {
  return typeof withPrefix === 'string' && address !== undefined && withPrefix.split('/')[0] === address;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
