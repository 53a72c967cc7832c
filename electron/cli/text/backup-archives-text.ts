import type { ListedArchive } from '../../../shared/schemas/backup-overview.ts';
import { formatAge, formatBytes, formatQuantity } from '../../../shared/quantities.ts';
import { tableText } from './table.ts';

const words: Record<ListedArchive['state'], string> = {
  proven: 'restored as a test',
  checked: 'digest known',
  unchecked: 'never read',
  unseen: 'not seen now',
  failed: 'WRONG',
  partial: 'HALF',
  gone: 'GONE',
};

/** The first `limit` of a list of archives. */
export function archivesText(archives: readonly ListedArchive[], limit: number, now: Date): string {
  if (archives.length === 0)
    return 'There is no archive that is known. sifaka backups discover asks the nodes.';
  const table = tableText(
    [
      { title: 'MADE' },
      { title: 'GUEST' },
      { title: 'NAME' },
      { title: 'STATE' },
      { title: 'SIZE', align: 'right' },
      { title: 'ARCHIVE' },
    ],
    archives
      .slice(0, limit)
      .map((archive) => [
        formatAge(new Date(archive.at), now),
        archive.guest || '-',
        archive.guestName ?? '-',
        `${words[archive.state]}${archive.protected ? ', protected' : ''}`,
        formatBytes(archive.sizeBytes),
        archive.id,
      ]),
  );
  const rest = archives.length - limit;
  return rest <= 0 ? table : `${table}\n\nand ${formatQuantity(rest, 'more archive')}: see --limit`;
}
