import { systemErrorCode } from '../../durable/system-error.ts';
import { isTakenBack } from './agreed-taken-back.ts';
import { escapeName, foldersAbove } from './byte-names.ts';
import { hasChanged } from './compare.ts';
import type { Decided, DecisionPorts } from './decided.ts';
import type { ByteName, Entry } from './entry.ts';
import { md5OfTarget, targetOf } from './link-target.ts';
import { specialNotice } from './plan-notices.ts';
import type { Trouble } from './survey/findings.ts';

interface Missing {
  readonly path: ByteName;
  readonly destination: Entry;
}

/**
 * What only the destination has, when that is to be deleted: not what is new or edited there, and no folder in which
 * something stays. `missing` is sorted by path.
 */
export function decideMissing(
  missing: readonly Missing[],
  troubles: readonly Trouble[],
  { request, rules, agreed, sourceMayLack }: DecisionPorts,
  decided: Decided,
): void {
  /** Folders in which something stays. */
  const staying = new Set<ByteName>();
  const stays = (path: ByteName): void => {
    for (const folder of foldersAbove(path)) staying.add(folder);
  };
  for (const { path, kind } of troubles) {
    stays(path);
    if (kind === 'holds-reserved') staying.add(path);
  }
  // From the last path to the first, so that a folder comes after all that is in it.
  for (const { path, destination } of missing.toReversed()) {
    if (destination.kind === 'special') {
      decided.notices.push(specialNotice(path));
      stays(path);
      continue;
    }
    if (destination.kind === 'folder' && staying.has(path)) {
      stays(path);
      continue;
    }
    const why = whyKeptOrUnreadable(path, destination);
    if (why !== undefined) {
      decided.notices.push({ kind: 'kept', filepath: escapeName(path), text: why });
      stays(path);
      continue;
    }
    if (destination.kind !== 'folder') decided.deletes += 1;
    decided.operations.push({
      operation: 'delete',
      kind: destination.kind,
      path,
      reason: 'deleted-at-source',
      conflict: false,
      destination,
    });
  }

  function whyKeptOrUnreadable(path: ByteName, destination: Entry): string | undefined {
    try {
      return whyKept(path, destination);
    } catch (error) {
      return `It cannot be read (${systemErrorCode(error) ?? 'unknown error'}): it was not deleted.`;
    }
  }

  function whyKept(path: ByteName, destination: Entry): string | undefined {
    const known = agreed.advise(path);
    if (known === undefined) {
      return agreed.otherDirectionRan
        ? 'The destination has it and the source never had: it is new there, and was not deleted.'
        : unlessItMayLack();
    }
    if (isTakenBack(known)) return 'A run that had made or deleted it was taken back: it was not deleted.';
    const md5 =
      destination.kind === 'link' ? md5OfTarget(targetOf(`${request.destination.bytes}/${path}`)) : undefined;
    return hasChanged('destination', { entry: destination, agreed: known, md5 }, rules)
      ? 'It was deleted at the source and changed at the destination since: it was not deleted.'
      : unlessItMayLack();
  }

  /** A run that was killed between taking a file away and putting another in its place leaves none. */
  function unlessItMayLack(): string | undefined {
    return sourceMayLack
      ? 'The record of a run in the trash of the source cannot be understood, or not all of it. That run may have been cut off, and have left this missing there: it was not deleted.'
      : undefined;
  }
}
