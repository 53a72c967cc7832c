/** What is said of a target in one sentence. */
const sentences = [
  'empty',
  'nothing yet',
  'blank: its first MiB is zero',
  'unknown data',
  'an ext file system without partitions',
  'a FAT file system without partitions',
  'a GPT that is damaged or of another sector size',
  'a GPT with a table of unusual size',
  'not known',
  'no card in it',
  'nothing: it has no size',
  'built into this machine',
  'nothing that is recognised',
  'not known without more rights',
] as const;
export type ContentsSentence = (typeof sentences)[number];

/** A language that what is on a target can be said in. Names of file systems, labels and paths are what they are. */
export interface ContentsWords {
  readonly sentences: () => Readonly<Record<ContentsSentence, string>>;
  /** `a partition table (GPT)` */
  table(table: string): string;
  /** `3 partitions` */
  partitions(count: number): string;
  /** `GPT with 3 partitions` */
  tableWith(table: string, count: number): string;
  /** `an MBR with 2 partitions`, of which nothing else is said */
  mbrWith(count: number): string;
  gptWith(count: number): string;
  /** `2 more` */
  more(count: number): string;
  /** `LUKS (encrypted)` */
  encrypted(fileSystem: string): string;
  /** Of a partition that nobody recognises. */
  unknownPart(): string;
  /** In bytes. */
  size(bytes: number): string;
  locked(part: string): string;
  mountedAt(part: string, place: string): string;
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/**
 * `Target.contents` in other words. It is as services/drives writes it for a file (drives/contents.ts) or for a drive
 * (drives/survey/drive-contents.ts); `undefined` when an item is of no known form: half a translation would be worse,
 * before something is erased, than none.
 */
export function sayContents(contents: string, words: ContentsWords): string | undefined {
  const said: string[] = [];
  for (const text of contents.split('; ')) {
    const item = sayItem(text, words);
    if (item === undefined) return undefined;
    said.push(item);
  }
  return said.join('; ');
}

function sayItem(text: string, words: ContentsWords): string | undefined {
  const sentence = sentences.find((one) => one === text);
  if (sentence !== undefined) return words.sentences()[sentence];
  const more = /^(\d{1,4}) more$/.exec(text);
  if (more) return words.more(Number(more[1]));
  const table = /^a partition table \((GPT|MBR)\)$/.exec(text)?.[1];
  if (table !== undefined) return words.table(table);
  const partitions = /^(an MBR with |a GPT with |GPT with |MBR with )?(\d{1,4}) partitions?$/.exec(text);
  if (partitions) return sayPartitions(partitions[1], Number(partitions[2]), words);
  return sayPart(text, words);
}

function sayPartitions(table: string | undefined, count: number, words: ContentsWords): string {
  if (table === undefined) return words.partitions(count);
  if (table === 'an MBR with ') return words.mbrWith(count);
  if (table === 'a GPT with ') return words.gptWith(count);
  return words.tableWith(table.slice(0, 3), count);
}

function sayPart(text: string, words: ContentsWords): string | undefined {
  const form =
    /^(.+?)( \(encrypted\))?( “.*”)? (\d+(?:\.\d+)?) (B|kB|MB|GB|TB|PB)( locked)?(?: mounted at (.+))?$/;
  const found = form.exec(text);
  if (!found) return undefined;
  const [, fileSystem = '', encrypted, label = '', size, unit = 'B', locked, place] = found;
  const name = fileSystem === 'something unknown' ? words.unknownPart() : fileSystem;
  const kind = encrypted === undefined ? name : words.encrypted(name);
  const part = `${kind}${label} ${words.size(Number(size) * 1000 ** units.indexOf(unit))}`;
  if (place !== undefined) return words.mountedAt(part, place);
  return locked === undefined ? part : words.locked(part);
}
