import type { Target, TargetRequest } from '../../../shared/schemas/card.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';
import type { Drives } from './drives.ts';
import { refused } from './target-problems.ts';

/** The drive of a request as a target. TARGET_MISSING; DRIVE_NOT_OFFERED, with the reasons; TARGET_UNSUPPORTED. */
export async function chosenDrive(
  drives: Pick<Drives, 'list'>,
  { path, freeSpace }: Extract<TargetRequest, { kind: 'drive' }>,
): Promise<Target> {
  const drive = (await drives.list(path)).find((candidate) => candidate.path === path);
  if (drive === undefined) {
    throw refused(
      'TARGET_MISSING',
      `There is no drive ${path}.`,
      /^[a-z]+\d*$/.test(path)
        ? `Name it by its whole path, as in /dev/${path}; \`sifaka drives\` lists them.`
        : 'Look at the list with `sifaka drives`; name a whole drive, not a partition of it.',
    );
  }
  if (!drive.offered) {
    throw refused(
      'DRIVE_NOT_OFFERED',
      `${drive.label} (${path}) is not offered: ${drive.reasons.join(' ')}`,
      'Choose another drive; nothing makes Sifaka write to this one as it is.',
    );
  }
  if (freeSpace === 'discard' && !drive.canDiscard) {
    throw refused(
      'TARGET_UNSUPPORTED',
      `${drive.label} (${path}) cannot discard what is on it.`,
      'Keep the free space as it is, or have it overwritten.',
    );
  }
  return driveTarget(drive);
}

function driveTarget({ path, label, size, identity, contents }: Drive): Target {
  return { kind: 'drive', path, label, size, identity, contents };
}
