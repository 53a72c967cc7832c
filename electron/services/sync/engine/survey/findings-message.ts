import type { Entry } from '../entry.ts';
import type { Difference, Findings } from './findings.ts';
import type { FolderTask } from './walk-request.ts';

/** What a thread is told: folders, and how many names it may look at before it gives the rest back. */
export interface WalkPortion {
  readonly tasks: readonly FolderTask[];
  readonly budget: number;
}

/** What a thread answers: differences as one string and one array of numbers, since objects are slow to send. */
export interface WalkAnswer {
  readonly findings: Omit<Findings, 'differences'>;
  readonly differences: PackedDifferences;
  readonly left: readonly FolderTask[];
}

interface PackedDifferences {
  /** Separated by NUL, which no name has. */
  readonly paths: string;
  /** The source's entry and then the destination's, for each path. */
  readonly entries: Float64Array<ArrayBuffer>;
  /** By index. */
  readonly md5: ReadonlyMap<number, NonNullable<Difference['md5']>>;
}

const kinds = ['none', 'file', 'folder', 'link', 'special'] as const;
const numbersOfEntry = 11;

export function answerOf(found: Findings, left: readonly FolderTask[]): WalkAnswer {
  const { differences, ...findings } = found;
  const entries = new Float64Array(differences.length * numbersOfEntry * 2);
  const md5 = new Map<number, NonNullable<Difference['md5']>>();
  for (const [index, difference] of differences.entries()) {
    pack(difference.source, entries, index * 2 * numbersOfEntry);
    pack(difference.destination, entries, (index * 2 + 1) * numbersOfEntry);
    if (difference.md5 !== undefined) md5.set(index, difference.md5);
  }
  return {
    findings,
    differences: { paths: differences.map(({ path }) => path).join('\0'), entries, md5 },
    left,
  };
}

export function findingsOf({ findings, differences }: WalkAnswer): Findings {
  return { ...findings, differences: unpacked(differences) };
}

function unpacked({ paths, entries, md5 }: PackedDifferences): Difference[] {
  if (entries.length === 0) return [];
  return paths.split('\0').map((path, index) => {
    const source = unpack(entries, index * 2 * numbersOfEntry);
    const destination = unpack(entries, (index * 2 + 1) * numbersOfEntry);
    const read = md5.get(index);
    return read === undefined ? { path, source, destination } : { path, source, destination, md5: read };
  });
}

function pack(entry: Entry | undefined, to: Float64Array, at: number): void {
  if (entry === undefined) return;
  to[at] = kinds.indexOf(entry.kind);
  to[at + 1] = entry.size;
  to[at + 2] = entry.mtimeMs;
  to[at + 3] = entry.ctimeMs;
  to[at + 4] = entry.inode;
  to[at + 5] = entry.device;
  to[at + 6] = entry.mode;
  to[at + 7] = entry.uid;
  to[at + 8] = entry.gid;
  to[at + 9] = entry.links;
  to[at + 10] = entry.blocks;
}

function unpack(from: Float64Array, at: number): Entry | undefined {
  const kind = kinds[from[at] ?? 0] ?? 'none';
  if (kind === 'none') return undefined;
  return {
    kind,
    size: from[at + 1] ?? 0,
    mtimeMs: from[at + 2] ?? 0,
    ctimeMs: from[at + 3] ?? 0,
    inode: from[at + 4] ?? 0,
    device: from[at + 5] ?? 0,
    mode: from[at + 6] ?? 0,
    uid: from[at + 7] ?? 0,
    gid: from[at + 8] ?? 0,
    links: from[at + 9] ?? 0,
    blocks: from[at + 10] ?? 0,
  };
}
