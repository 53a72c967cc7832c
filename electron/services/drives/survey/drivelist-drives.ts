import { parse } from 'drivelist/js/lsblk/json.js';
import { z } from 'zod';
import type { DriveOpinion } from './second-opinions.ts';
import { jsonOf, outputOf } from './system-program.ts';

/** What drivelist makes of this, and how it asks for it (drivelist, lib/lsblk/index.ts). */
const args = ['--bytes', '--all', '--json', '--paths', '--output-all'];

/**
 * The drives drivelist finds, by path. Only its reader of lsblk is taken: its root loads a native part that Linux does
 * not need, and its own call has no limit of time and gives up JSON for good after one failure. It leaves out loop
 * devices. `undefined` when lsblk is missing or fails.
 */
export async function readDrivelist(): Promise<ReadonlyMap<string, DriveOpinion> | undefined> {
  const output = await outputOf('lsblk', args);
  return output === undefined ? undefined : parseDrivelist(output);
}

/**
 * Its `isSystem` is not used: it says "neither removable nor virtual", which is true of a disk for cards in a dock and
 * false of a system that runs from a stick.
 */
export function parseDrivelist(output: string): Map<string, DriveOpinion> | undefined {
  if (jsonOf(output, z.object({ blockdevices: z.array(z.object({ name: z.string() })) })) === undefined)
    return undefined;
  return new Map(
    parse(output).map(({ device, size, isReadOnly, mountpoints }) => [
      device,
      { size: size ?? 0, readOnly: isReadOnly, mountpoints: mountpoints.map(({ path }) => path) },
    ]),
  );
}
