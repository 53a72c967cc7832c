import { plural, t } from '@lingui/core/macro';

/** The phrases that services/drives has for what is on a target, and nothing that a label on it could imitate in part. */
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
  'not known without more rights': t`not known without more rights`,
  'nothing that is recognised': t`nothing that is recognised`,
  'no card in it': t`no card in it`,
});

/** `Target.contents` in the page's language; `undefined` for what is not one of these phrases as a whole. */
export function contentsWords(contents: string): string | undefined {
  const known = phrases();
  if (Object.hasOwn(known, contents)) return known[contents];
  const table = /^an? (MBR|GPT) with (\d{1,4}) partitions?$/.exec(contents);
  if (!table) return undefined;
  const count = Number(table[2]);
  return table[1] === 'MBR'
    ? plural(count, { one: 'an MBR with # partition', other: 'an MBR with # partitions' })
    : plural(count, { one: 'a GPT with # partition', other: 'a GPT with # partitions' });
}
