import { type PaletteEntry, type PaletteGroup, paletteGroups } from './entries.ts';

/** What of one kind is found; a list nobody reads to its end is cut, and says so. */
export interface FoundGroup {
  readonly group: PaletteGroup;
  readonly entries: readonly PaletteEntry[];
  /** Before it was cut. */
  readonly total: number;
}

const longestGroup = 20;

/** The better the smaller. */
const quality = { labelStart: 0, labelWord: 1, otherWord: 2, inside: 3 } as const;
type Quality = (typeof quality)[keyof typeof quality];

/**
 * The entries that hold every word of the query, in any order. No guessing: a word is found where it stands, best at the
 * beginning of the label, then of a word in it, then of a word elsewhere, then inside a word. The kind with the best
 * entry comes first; equals keep the order they came in.
 */
export function findEntries(query: string, entries: readonly PaletteEntry[]): readonly FoundGroup[] {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const found = entries.flatMap((entry) => {
    const rank = rankOf(entry, words);
    return rank === undefined ? [] : [{ entry, rank }];
  });
  const groups = paletteGroups.flatMap((group) => {
    const own = found.filter(({ entry }) => entry.group === group).toSorted((a, b) => a.rank - b.rank);
    const [best] = own;
    if (!best) return [];
    const shown = own.slice(0, longestGroup).map(({ entry }) => entry);
    return [{ group, entries: shown, total: own.length, best: best.rank }];
  });
  return groups
    .toSorted((a, b) => a.best - b.best)
    .map(({ group, entries: shown, total }) => ({ group, entries: shown, total }));
}

/** The sum over the words; `undefined` when one of them is nowhere. */
function rankOf(entry: PaletteEntry, words: readonly string[]): number | undefined {
  const label = folded(entry.label);
  const other = folded(`${entry.detail ?? ''} ${entry.alsoCalled ?? ''}`);
  let sum = 0;
  for (const word of words) {
    const found = qualityOf(word, label, other);
    if (found === undefined) return undefined;
    sum += found;
  }
  return sum;
}

function qualityOf(word: string, label: string, other: string): Quality | undefined {
  if (label.startsWith(word)) return quality.labelStart;
  if (startsAWord(word, label)) return quality.labelWord;
  if (startsAWord(word, other)) return quality.otherWord;
  return label.includes(word) || other.includes(word) ? quality.inside : undefined;
}

function startsAWord(word: string, text: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(text.charAt(at - 1))) return true;
  }
  return false;
}

/** Without case and accents, so that “zurich” finds “Zürich”. */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
