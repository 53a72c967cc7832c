import { z } from 'zod';
import { cidrAddressSchema, interfaceNameSchema } from './inventory.ts';

/**
 * A network interface as Linux, systemd and sysctl all take it for one: systemd refuses names of digits only, and `all`
 * and `default` are no interfaces below /proc/sys/net (systemd.link(5), `Name=`).
 */
export const linkNameSchema = interfaceNameSchema
  .refine((name) => !/^\d+$/.test(name), 'may not be digits only')
  .refine((name) => name !== 'all' && name !== 'default', 'is not a name for an interface');

/** 1280 is the least that IPv6 works with; 65535 the most that a bridge takes. Thunderbolt's own is 65520. */
const mtuSchema = z.int().min(1280).max(65_535);

/** Where a port is plugged in, so that it can be named by its place: udev's ID_PATH, as `udevadm info` shows it. */
const devicePathSchema = z
  .string()
  .max(128)
  .regex(/^[a-z][a-z0-9]*-[A-Za-z0-9.:_-]+$/, 'must be as udev names a place, as in pci-0000:00:0d.2');

const driverSchema = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'must be the name of a driver, as in thunderbolt-net');

const portSchema = z.looseObject({
  name: linkNameSchema,
  path: devicePathSchema.optional(),
  driver: driverSchema.optional(),
});

const portsSchema = z
  .array(
    z.union([linkNameSchema, portSchema], { error: 'must be the name of a port, or a map with its name' }),
  )
  .max(16)
  .refine(
    (ports) =>
      new Set(ports.map((port) => (typeof port === 'string' ? port : port.name))).size === ports.length,
    'has one port twice',
  );

/** What the cluster file says of one node's part of the bridge. Nothing is required of a file that others wrote. */
export const nodeThunderbridgeSchema = z.looseObject({
  bridge: linkNameSchema.optional(),
  address: cidrAddressSchema.optional(),
  mtu: mtuSchema.optional(),
  ports: portsSchema.optional(),
  /** Instead of what the cluster's cables ask for. */
  stp: z.boolean().optional(),
});

/** One end of a cable: `node:port`. */
const cableEndSchema = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?:[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/,
    'must be a node and its port, as in baobab:thunderbolt0',
  );
export const cableSchema = z.tuple([cableEndSchema, cableEndSchema]);
export type Cable = z.infer<typeof cableSchema>;

/** What the cluster file says of the bridge as a whole. */
export const clusterThunderbridgeSchema = z.looseObject({
  cables: z.array(cableSchema).max(256).optional(),
  /** Without it: on when the cables close a ring, or when none are named and there may be one. */
  stp: z.boolean().optional(),
  /** Seconds a port listens and then learns before it forwards; the kernel takes 2 to 30 with STP. */
  forwardDelay: z.int().min(2).max(30).optional(),
  check: z.looseObject({ everyMinutes: z.int().min(1).max(10_080).optional() }).optional(),
});
