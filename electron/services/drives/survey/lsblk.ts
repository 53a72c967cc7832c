import { z } from 'zod';
import { jsonOf, outputOf } from './system-program.ts';

/** What lsblk says of one device (util-linux, lsblk(8)); numbers and flags are texts before util-linux 2.33. */
const text = z.string().nullish();
const flag = z.union([z.boolean(), z.enum(['0', '1']).transform((digit) => digit === '1')]);
const deviceSchema = z.object({
  /** The kernel's name: a mapped device's other one is any text. */
  kname: z.string(),
  size: z.coerce.number().int().nonnegative(),
  ro: flag,
  fstype: text,
  label: text,
  pttype: text,
  mountpoint: text,
  /** Since util-linux 2.37. */
  mountpoints: z.array(z.string().nullable()).optional(),
  get children() {
    return z.array(deviceSchema).optional();
  },
});
const outputSchema = z.object({ blockdevices: z.array(deviceSchema) });
type LsblkDevice = z.infer<typeof deviceSchema>;

/** One device, flat. */
export interface ListedDevice {
  /** `/dev/sda1`. */
  readonly path: string;
  readonly size: number;
  readonly readOnly: boolean;
  readonly fileSystem: string | undefined;
  readonly label: string | undefined;
  readonly partitionTable: string | undefined;
  readonly mountpoints: readonly string[];
}

/**
 * No column that would ask a file system how full it is, which can hang. `undefined` when lsblk is missing or fails, as
 * an older one does when it is asked for every mountpoint.
 */
export async function runLsblk(): Promise<string | undefined> {
  const columns = 'KNAME,SIZE,RO,FSTYPE,LABEL,PTTYPE';
  const list = (mountColumn: string) =>
    outputOf('lsblk', ['--bytes', '--all', '--json', '--paths', '--output', `${columns},${mountColumn}`]);
  return (await list('MOUNTPOINTS')) ?? (await list('MOUNTPOINT'));
}

/** By path; `undefined` when it is not lsblk's format. */
export function parseLsblk(output: string): Map<string, ListedDevice> | undefined {
  const parsed = jsonOf(output, outputSchema);
  if (parsed === undefined) return undefined;
  const found = new Map<string, ListedDevice>();
  const visit = (device: LsblkDevice) => {
    const mountpoints = device.mountpoints ?? [device.mountpoint ?? null];
    found.set(device.kname, {
      path: device.kname,
      size: device.size,
      readOnly: device.ro,
      fileSystem: device.fstype ?? undefined,
      label: device.label ?? undefined,
      partitionTable: device.pttype ?? undefined,
      mountpoints: mountpoints.flatMap((mountpoint) => mountpoint || []),
    });
    for (const child of device.children ?? []) visit(child);
  };
  for (const device of parsed.blockdevices) visit(device);
  return found;
}
