import { z } from 'zod';
import type { portStateSchema } from '../../../../shared/schemas/bridge.ts';
import { onOneLine } from '../../lab/plain-text.ts';

/** A network interface of a node. */
export interface LinkFacts {
  readonly name: string;
  readonly mtu: number;
  /** The most that its driver takes, where it says so. */
  readonly maxMtu?: number;
  readonly up: boolean;
  readonly carrier: boolean;
  /** The bridge or bond it is a port of. */
  readonly master?: string;
  /** What a VLAN or another virtual interface stands on. */
  readonly lower?: string;
  /** `bridge`, `veth`, `vlan`; an ordinary card has none. */
  readonly kind?: string;
  readonly stp?: boolean;
  /** Of a bridge, in seconds. */
  readonly forwardDelay?: number;
  readonly portState?: z.infer<typeof portStateSchema>;
  /** With prefix length; without those of the link alone. */
  readonly addresses: readonly string[];
  readonly receivedBytes?: number;
  readonly sentBytes?: number;
}

const count = z.number().nonnegative().catch(0);
const name = z.string().min(1).max(64);

/**
 * `ip -d -s -j addr` of iproute2 6.1 (Debian 12). An interface that the filter leaves out is `{}`; `stp_state` is of a
 * bridge, `state` of a bridge's port, `link` of what stands on another interface (ip-link(8) and iproute2's ip/iplink_bridge.c,
 * iplink_bridge_slave.c). The forward delay is in hundredths of a second.
 */
const linkSchema = z.object({
  ifname: name,
  flags: z.array(z.string().max(32)).max(64),
  mtu: z.int().nonnegative(),
  max_mtu: z.int().nonnegative().optional(),
  master: name.optional(),
  link: name.optional(),
  linkinfo: z
    .object({
      info_kind: z.string().max(32).optional(),
      info_data: z
        .object({ stp_state: z.int().optional(), forward_delay: z.number().optional() })
        .optional()
        .catch(undefined),
      info_slave_kind: z.string().max(32).optional(),
      info_slave_data: z.object({ state: z.unknown() }).optional().catch(undefined),
    })
    .optional(),
  addr_info: z
    .array(
      z
        .object({
          local: z.string().max(64).optional(),
          prefixlen: z.int().min(0).max(128).optional(),
          scope: z.string().max(32).optional(),
        })
        .catch({}),
    )
    .max(1024)
    .optional(),
  stats64: z.object({ rx: z.object({ bytes: count }), tx: z.object({ bytes: count }) }).optional(),
});
const linksSchema = z.array(z.union([linkSchema, z.strictObject({}).transform(() => undefined)])).max(4096);

const ipAddress = z.union([z.ipv4(), z.ipv6()]);
const states = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'] as const;

/** `undefined` when that is not what `ip` prints; nothing at all is no interface. */
export function parseLinks(text: string): LinkFacts[] | undefined {
  if (text.trim() === '') return [];
  const parsed = linksSchema.safeParse(jsonOf(text));
  if (!parsed.success) return undefined;
  return parsed.data.flatMap((link) => (link === undefined ? [] : [plainLink(link)]));
}

function plainLink(link: z.infer<typeof linkSchema>): LinkFacts {
  const {
    info_kind: kind,
    info_data: data,
    info_slave_kind: slave,
    info_slave_data: port,
  } = link.linkinfo ?? {};
  const state = slave === 'bridge' ? states.find((known) => known === port?.state) : undefined;
  const isBridge = kind === 'bridge';
  return {
    name: line(link.ifname),
    mtu: link.mtu,
    // 0 is a driver without a limit.
    ...(link.max_mtu ? { maxMtu: link.max_mtu } : {}),
    up: link.flags.includes('UP'),
    carrier: link.flags.includes('LOWER_UP'),
    ...(link.master === undefined ? {} : { master: line(link.master) }),
    ...(link.link === undefined ? {} : { lower: line(link.link) }),
    ...(kind === undefined ? {} : { kind: line(kind) }),
    ...(isBridge ? { stp: (data?.stp_state ?? 0) !== 0 } : {}),
    ...(isBridge && data?.forward_delay !== undefined ? { forwardDelay: data.forward_delay / 100 } : {}),
    ...(state === undefined ? {} : { portState: state }),
    addresses: addressesOf(link.addr_info ?? []),
    ...(link.stats64 === undefined
      ? {}
      : { receivedBytes: link.stats64.rx.bytes, sentBytes: link.stats64.tx.bytes }),
  };
}

function addressesOf(found: NonNullable<z.infer<typeof linkSchema>['addr_info']>): string[] {
  return found.flatMap(({ local, prefixlen, scope }) =>
    local === undefined || prefixlen === undefined || scope === 'link' || !ipAddress.safeParse(local).success
      ? []
      : [`${local}/${prefixlen}`],
  );
}

const routeSchema = z.array(z.object({ dev: name.optional() })).max(16);

/** The interface that `ip -j route get` answers. */
export function parseRoute(text: string): string | undefined {
  const parsed = routeSchema.safeParse(jsonOf(text));
  const device = parsed.success ? parsed.data[0]?.dev : undefined;
  return device === undefined ? undefined : line(device);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** IFNAMSIZ is 16; the kernel takes nearly every character in a name. */
function line(text: string): string {
  return onOneLine(text, 32);
}
