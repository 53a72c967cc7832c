import { realpath } from 'node:fs/promises';
import { Option } from 'commander';
import { type FreeSpace, freeSpaceSchema, type TargetRequest } from '../../../shared/schemas/card.ts';
import type { CommandContext } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';

export const driveOption = [
  '--drive <drive>',
  'a drive as in /dev/sdb (see `sifaka drives`), virtual:NAME, or the path of an existing file',
] as const;

/** For the commands that erase; made anew for each. */
export function freeSpaceOption(): Option {
  return new Option(
    '--free-space <what>',
    'what becomes of what a real drive holds beside the card, old secrets too: keep it, have the drive discard it, or overwrite and read back (keep unless told)',
  ).choices(freeSpaceSchema.options);
}

export interface TargetOptions {
  readonly drive?: string;
  readonly to?: string;
  readonly freeSpace?: FreeSpace;
}

/** What the command line means by its target. INPUT_INVALID. */
export async function targetOf(
  context: Pick<CommandContext, 'absolutePath'>,
  { drive, to, freeSpace }: TargetOptions,
): Promise<TargetRequest> {
  if ((drive === undefined) === (to === undefined)) {
    throw inputInvalid(
      'A card needs one place to go to.',
      'Name it with --drive /dev/…, --drive virtual:NAME, --drive PATH or --to FILE.',
    );
  }
  const path = drive === undefined ? undefined : drivePath(context, drive);
  if (path !== undefined) {
    return { kind: 'drive', path: await followed(path), ...(freeSpace === undefined ? {} : { freeSpace }) };
  }
  if (freeSpace !== undefined) {
    throw inputInvalid(
      '--free-space is for real drives: a file or a virtual drive keeps what the card does not use.',
      'Leave it out, or name a real drive; `sifaka drives` lists them.',
    );
  }
  if (to !== undefined) return { kind: 'new-file', path: context.absolutePath(to) };
  const name = /^virtual:(.*)$/.exec(drive ?? '')?.[1];
  if (name !== undefined) return { kind: 'virtual-drive', name };
  return { kind: 'existing-file', path: context.absolutePath(drive ?? '') };
}

/** The path of a real drive: below /dev, or a physical drive of Windows; `undefined` for anything else. */
function drivePath(context: Pick<CommandContext, 'absolutePath'>, drive: string): string | undefined {
  if (/^\\\\[.?]\\PhysicalDrive\d+$/i.test(drive)) return drive;
  if (drive === '' || drive.startsWith('virtual:')) return undefined;
  const path = context.absolutePath(drive);
  return path.startsWith('/dev/') ? path : undefined;
}

/** Names below /dev are often links, as in /dev/disk/by-id; what is not there is for the service to say. */
function followed(path: string): Promise<string> {
  return path.startsWith('/dev/') ? realpath(path).catch(() => path) : Promise.resolve(path);
}
