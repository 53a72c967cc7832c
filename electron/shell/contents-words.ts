import { plural, t } from '@lingui/core/macro';
import { type ContentsWords, sayContents } from '../../shared/contents.ts';
import { formatBytes } from '../../shared/quantities.ts';

/** `Target.contents` in the system's language; as it is when it is not understood as a whole. */
export function contentsWords(contents: string): string {
  return sayContents(contents, words) ?? contents;
}

const words: ContentsWords = {
  sentences: () => ({
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
    'built into this machine': t`built into this machine`,
    'nothing that is recognised': t`nothing that is recognised`,
    'not known without more rights': t`not known without more rights`,
  }),
  table: (table) => t`a partition table (${table})`,
  partitions: (count) => plural(count, { one: '# partition', other: '# partitions' }),
  tableWith: (table, count) =>
    plural(count, { one: `${table} with # partition`, other: `${table} with # partitions` }),
  mbrWith: (count) => plural(count, { one: 'an MBR with # partition', other: 'an MBR with # partitions' }),
  gptWith: (count) => plural(count, { one: 'a GPT with # partition', other: 'a GPT with # partitions' }),
  more: (count) => t`${count} more`,
  encrypted: (fileSystem) => t`${fileSystem} (encrypted)`,
  unknownPart: () => t`something unknown`,
  size: formatBytes,
  locked: (part) => t`${part} locked`,
  mountedAt: (part, place) => t`${part} mounted at ${place}`,
};
