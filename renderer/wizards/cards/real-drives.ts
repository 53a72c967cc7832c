import type { FreeSpace } from '../../../shared/schemas/card.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';
import type { ChosenTarget, DriveLoss } from '../../stores/card-wizard.ts';

export function driveTarget(drive: Drive, freeSpace: FreeSpace | undefined): ChosenTarget {
  const { path, label, size, contents, identity } = drive;
  return {
    request: { kind: 'drive', path, ...(freeSpace === undefined ? {} : { freeSpace }) },
    label,
    size,
    contents,
    identity,
  };
}

/** The drive a choice means: the same one, not merely one that is behind the same path by now. */
export function chosenDrive(target: ChosenTarget | undefined, drives: readonly Drive[]): Drive | undefined {
  if (target?.request.kind !== 'drive') return undefined;
  const { path } = target.request;
  return drives.find((drive) => drive.offered && drive.path === path && drive.identity === target.identity);
}

/** What became of a chosen drive that can no longer be chosen; `undefined` while it can. */
export function lossOf(target: ChosenTarget, drives: readonly Drive[]): DriveLoss | undefined {
  if (target.request.kind !== 'drive' || chosenDrive(target, drives)) return undefined;
  const { path } = target.request;
  const same = drives.find((drive) => drive.path === path && drive.identity === target.identity);
  if (same) return { how: 'refused', reasons: same.reasons };
  // A reader stays when its card goes.
  const replaced = drives.some((drive) => drive.path === path && drive.offered);
  return { how: replaced ? 'replaced' : 'taken-out' };
}

/** The drive that came while the page was open, if it is the only one that did: to be pointed out, never to be chosen. */
export function justInserted(drives: readonly Drive[], atOpening: ReadonlySet<string>): Drive | undefined {
  const [drive, ...more] = drives.filter(
    ({ identity, offered, removable, kind }) =>
      offered && (removable || kind !== 'disk') && !atOpening.has(identity),
  );
  return more.length === 0 ? drive : undefined;
}
