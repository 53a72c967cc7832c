import { t } from '@lingui/core/macro';

/** What the engine of the sync says of a name, where that holds no data: to the letter. */
const known = (): Readonly<Record<string, string>> => ({
  'Its time lies in the future, so nothing says which side is newer. Set it right with `touch` on the side that is right.': t`Its time lies in the future, so nothing says which side is newer. Set it right with \`touch\` on the side that is right.`,
  'The two sides have other bytes under the same size and time, and nothing says which are right. Neither was touched.': t`The two sides have other bytes under the same size and time, and nothing says which are right. Neither was touched.`,
  'One side cannot keep the time that it has on the other: FAT and exFAT know those from 1980 to 2107 only. Of the same size, it counts as the same there; neither was touched. To have the same time on both, set it with `touch`.': t`One side cannot keep the time that it has on the other: FAT and exFAT know those from 1980 to 2107 only. Of the same size, it counts as the same there; neither was touched. To have the same time on both, set it with \`touch\`.`,
  'The destination cannot keep its time: FAT and exFAT know those from 1980 to 2107 only. The file is copied all the same, and will have the nearest time that there is.': t`The destination cannot keep its time: FAT and exFAT know those from 1980 to 2107 only. The file is copied all the same, and will have the nearest time that there is.`,
  'It is neither a file, a folder nor a link, on one side at least. It is not synced.': t`It is neither a file, a folder nor a link, on one side at least. It is not synced.`,
  'It changed while it was read. The next run sees what became of it.': t`It changed while it was read. The next run sees what became of it.`,
  'It went away at the source while it was looked at. The next run sees what became of it.': t`It went away at the source while it was looked at. The next run sees what became of it.`,
  'It went away at the destination while it was looked at. The next run sees what became of it.': t`It went away at the destination while it was looked at. The next run sees what became of it.`,
  'Another file system is mounted there at the source. It was not entered.': t`Another file system is mounted there at the source. It was not entered.`,
  'Another file system is mounted there at the destination. It was not entered.': t`Another file system is mounted there at the destination. It was not entered.`,
  'A file .sifaka-sync-log in it says that it is a log folder of syncs. Nothing in it is synchronized. If it is none, remove that file.': t`A file .sifaka-sync-log in it says that it is a log folder of syncs. Nothing in it is synchronized. If it is none, remove that file.`,
  'The destination has it and the source never had: it is new there, and was not deleted.': t`The destination has it and the source never had: it is new there, and was not deleted.`,
  'It was deleted at the source and changed at the destination since: it was not deleted.': t`It was deleted at the source and changed at the destination since: it was not deleted.`,
  'A run that had made or deleted it was taken back: it was not deleted.': t`A run that had made or deleted it was taken back: it was not deleted.`,
  'The record of a run in the trash of the source cannot be understood, or not all of it. That run may have been cut off, and have left this missing there: it was not deleted.': t`The record of a run in the trash of the source cannot be understood, or not all of it. That run may have been cut off, and have left this missing there: it was not deleted.`,
  'The folder is not empty; it was not deleted.': t`The folder is not empty; it was not deleted.`,
  'It changed while it was copied, and again while it was copied a second time. The destination was left as it is.': t`It changed while it was copied, and again while it was copied a second time. The destination was left as it is.`,
  'It changed after it was looked at, on one of the two sides. It was left as it is; the next run looks again.': t`It changed after it was looked at, on one of the two sides. It was left as it is; the next run looks again.`,
});

/** A notice's sentence in the page's language; `undefined` for one with data in it, or of another version. */
export function noticeTextWords(sentence: string): string | undefined {
  const sentences = known();
  return Object.hasOwn(sentences, sentence) ? sentences[sentence] : undefined;
}
