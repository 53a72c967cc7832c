import { plural, t } from '@lingui/core/macro';
import { driveContentsWords } from './drive-contents-words.ts';

/** What services/drives says of a file that stands for a drive, and of a drive of which there is little to say. */
const phrases = (): Readonly<Record<string, string>> => ({
  empty: t`empty`,
  'nothing yet': t`nothing yet`,
  'blank: its first MiB is zero': t`blank: its first MiB is zero`,
  'unknown data': t`unknown data`,
  'an ext file system without partitions': t`an ext file system without partitions`,
  'a FAT file system without partitions': t`a FAT file system without partitions`,
  'a GPT that is damaged or of another sector size': t`a GPT that is damaged or of another sector size`,
  'a GPT with a table of unusual size': t`a GPT with a table of unusual size`,
  'not known': t`not known`,
  'no card in it': t`no card in it`,
  'nothing: it has no size': t`nothing: it has no size`,
});

/**
 * `Target.contents` in the page's language. It is one of a few sentences, or a list of what is on a drive; `undefined` for
 * whatever is neither: half a translation would be worse before something is erased than none.
 */
export function contentsWords(contents: string): string | undefined {
  const known = phrases();
  if (Object.hasOwn(known, contents)) return known[contents];
  const table = /^an? (MBR|GPT) with (\d{1,4}) partitions?$/.exec(contents);
  if (!table) return driveContentsWords(contents);
  const count = Number(table[2]);
  return table[1] === 'MBR'
    ? plural(count, { one: 'an MBR with # partition', other: 'an MBR with # partitions' })
    : plural(count, { one: 'a GPT with # partition', other: 'a GPT with # partitions' });
}
