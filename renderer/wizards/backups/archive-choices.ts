import type { ListedArchive } from '../../../shared/schemas/backup-overview.ts';

/** What is drawn at once; the others are found by their names. */
export const mostChoices = 50;

const trust: readonly ListedArchive['state'][] = ['proven', 'checked', 'unchecked', 'unseen', 'failed'];

/**
 * Archives that something can be restored from and that contain a text: those that were restored as a test first, then those
 * whose digest is known, each from the newest. Half archives and those that are gone are none.
 */
export function archiveChoices(archives: readonly ListedArchive[], wanted: string): ListedArchive[] {
  const text = wanted.trim().toLowerCase();
  return archives
    .filter(({ state, guest }) => guest !== '' && state !== 'partial' && state !== 'gone')
    .filter(({ id, guest, guestName = '', notes = '' }) =>
      `${id} ${guest} ${guestName} ${notes}`.toLowerCase().includes(text),
    )
    .toSorted(
      (a, b) =>
        trust.indexOf(a.state) - trust.indexOf(b.state) ||
        Date.parse(b.at) - Date.parse(a.at) ||
        Number(isCopy(a)) - Number(isCopy(b)),
    );
}

/** It has to be brought from its target first. */
function isCopy({ place }: ListedArchive): boolean {
  return place.startsWith('target:');
}
