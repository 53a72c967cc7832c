import type { ListedArchive } from '../../../shared/schemas/backup-overview.ts';
import type { ArchiveOrder } from '../../stores/archive-list.ts';

const stateOrder: readonly ListedArchive['state'][] = [
  'failed',
  'gone',
  'partial',
  'unseen',
  'unchecked',
  'checked',
  'proven',
];

const keys: Record<ArchiveOrder, (archive: ListedArchive) => string | number> = {
  at: ({ at }) => at,
  guest: ({ guestName, guest }) => `${guestName ?? ''} ${guest}`,
  place: ({ place }) => place,
  state: ({ state }) => stateOrder.indexOf(state),
  size: ({ sizeBytes }) => sizeBytes,
};

/** The archives that contain a text, in an order. Ten thousand of them within a few milliseconds: no locale is asked. */
export function shownArchives(
  archives: readonly ListedArchive[],
  { wanted, order, isDescending }: { wanted: string; order: ArchiveOrder; isDescending: boolean },
): ListedArchive[] {
  const text = wanted.trim().toLowerCase();
  const found =
    text === ''
      ? archives
      : archives.filter(({ id, guest, guestName = '', notes = '' }) =>
          `${id} ${guest} ${guestName} ${notes}`.toLowerCase().includes(text),
        );
  const key = keys[order];
  const turn = isDescending ? -1 : 1;
  return found.toSorted((a, b) => {
    const [one, other] = [key(a), key(b)];
    return one === other ? 0 : one < other ? -turn : turn;
  });
}
