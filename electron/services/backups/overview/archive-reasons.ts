import type { CoverageReason } from '../../../../shared/schemas/backup-overview.ts';
import { formatExactBytes } from '../../../../shared/quantities.ts';
import type { StoredBackup } from './guest-backups.ts';
import { failedChecks, type GuestCase, isOfTheFuture } from './guest-case.ts';
import { reason } from './reason.ts';

/** What is wrong with the archives themselves. */
export function archiveReasons(one: GuestCase): CoverageReason[] {
  return [
    ...presenceReasons(one),
    ...checkReasons(one),
    ...digestReasons(one),
    ...partialReasons(one),
    ...futureReasons(one),
  ];
}

function presenceReasons({ stored, current, placed, seen, when, address }: GuestCase): CoverageReason[] {
  const reasons: CoverageReason[] = [];
  for (const backup of stored.backups)
    for (const { place, presence, foundBytes } of placed(backup)) {
      // What is wrong at a target is a reason of the copy.
      if (presence !== 'differs' || place.startsWith('target:')) continue;
      reasons.push(
        reason(
          'ARCHIVE_SIZE_DIFFERS',
          `${backup.name} had ${formatExactBytes(backup.sizeBytes ?? 0)} when it was made, and has ${formatExactBytes(foundBytes ?? 0)} on ${place}.`,
          `Do not restore it before sifaka backups verify says what it is; then sifaka backups run ${address}`,
        ),
      );
    }
  const own = current?.record?.place;
  if (current === undefined || own === undefined) return reasons;
  const here = placed(current).find(({ place }) => place === own);
  if (here?.presence === 'gone')
    reasons.push(
      reason(
        'ARCHIVE_GONE',
        `${current.name} was made ${when(current.at)}, and ${own} has it no more; Sifaka did not remove it.`,
        `sifaka backups run ${address}`,
      ),
    );
  const view = seen.view(own);
  if (here?.presence === 'unseen' && view.state === 'unusable')
    reasons.push(
      reason(
        'STORAGE_GONE',
        `Its newest archive is on ${own}, which could not be looked at: ${view.why}`,
        'Bring the storage back, then sifaka backups discover',
      ),
    );
  if (here?.presence === 'unseen' && view.state !== 'unusable')
    reasons.push(
      reason(
        'NODE_SILENT',
        view.state === 'listed' || view.nodes.length === 0
          ? `Its newest archive should be on ${own}, where nobody could look.`
          : `Its newest archive should be on ${own}; ${view.nodes.join(', ')} did not answer.`,
        'sifaka backups discover',
      ),
    );
  return reasons;
}

/** The newest look at each archive that is still there, where it found something wrong. */
function checkReasons({ stored, placed, when, address }: GuestCase): CoverageReason[] {
  return stored.backups.flatMap((backup) => {
    const gone = new Set(placed(backup).flatMap(({ place, presence }) => (presence === 'gone' ? place : [])));
    const kept = new Set(placed(backup).map(({ place }) => place));
    return failedChecks(backup)
      .filter(({ place }) => kept.has(place) && !gone.has(place))
      .map(({ kind, place, at, detail }) =>
        reason(
          kind === 'checksum'
            ? place.startsWith('target:')
              ? 'COPY_DIFFERS'
              : 'CHECKSUM_DIFFERS'
            : 'ARCHIVE_CORRUPT',
          `${backup.name} on ${place} failed ${when(at)}: ${detail}`,
          `Restore from another archive; make a new one with sifaka backups run ${address}`,
        ),
      );
  });
}

function digestReasons({ current, address }: GuestCase): CoverageReason[] {
  if (current === undefined || hasDigest(current)) return [];
  return [
    reason(
      'NOT_VERIFIED',
      current.record === undefined
        ? `${current.name} was not made by Sifaka, and no digest of it is known.`
        : `No digest of ${current.name} is known.`,
      `Back it up with sifaka backups run ${address}, or read it with sifaka backups verify --guest ${address}`,
    ),
  ];
}

export function hasDigest({ record }: StoredBackup): boolean {
  return (record?.files.length ?? 0) > 0;
}

/** A run that works right now has a partial archive, and its guest the lock `backup`. */
function partialReasons({ stored, guest }: GuestCase): CoverageReason[] {
  const [first] = stored.partial;
  if (first === undefined || guest.lock === 'backup') return [];
  return [
    reason(
      'ARCHIVE_PARTIAL',
      `${first.name} on ${first.place} is half an archive of a run that was cut off${stored.partial.length > 1 ? ` (and ${stored.partial.length - 1} more)` : ''}.`,
      'When no backup of it is running, remove the file.',
    ),
  ];
}

function futureReasons({ stored, now, when }: GuestCase): CoverageReason[] {
  const ahead = stored.backups.find((backup) => isOfTheFuture(backup, now));
  if (ahead === undefined) return [];
  return [
    reason(
      'CLOCK_SKEWED',
      `${ahead.name} is of ${when(ahead.at)}, which is in the future; it is not counted.`,
      'Set the clocks of the nodes and of this machine (timedatectl), then back it up again.',
    ),
  ];
}
