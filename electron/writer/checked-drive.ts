import { Problem } from '../../shared/problem.ts';
import type { Target } from '../../shared/schemas/card.ts';
import type { Drive } from '../../shared/schemas/drive.ts';
import type { Drives } from '../services/drives/drives.ts';

/**
 * The drive that a plan names, as this process finds it now, whatever the app says of it. Refuses what is not a whole
 * drive of this machine, what may not be erased, and another drive than the planned one. TARGET_MISSING,
 * DRIVE_NOT_OFFERED, TARGET_CHANGED.
 */
export async function checkedDrive(
  drives: Pick<Drives, 'list'>,
  planned: Pick<Target, 'path' | 'identity' | 'size'>,
  use: 'erased' | 'read',
): Promise<Drive> {
  const drive = (await drives.list(planned.path)).find(({ path }) => path === planned.path);
  if (drive === undefined) {
    throw refused('TARGET_MISSING', 'The drive of the plan is not there.', 'Insert it and plan again.');
  }
  if (!drive.offered) {
    throw refused(
      'DRIVE_NOT_OFFERED',
      `${drive.label} (${drive.path}) is not to be ${use}: ${drive.reasons.join(' ')}`,
      'Choose another drive.',
    );
  }
  if (drive.identity !== planned.identity || drive.size !== planned.size) {
    throw refused(
      'TARGET_CHANGED',
      `Another drive is at ${drive.path} than the one that was planned, or it was plugged in again since.`,
      'Look at what is there now, and plan again.',
    );
  }
  return drive;
}

function refused(
  code: 'TARGET_MISSING' | 'DRIVE_NOT_OFFERED' | 'TARGET_CHANGED',
  what: string,
  next: string,
): Problem {
  return new Problem(code, { what, state: 'Nothing was written.', next });
}
