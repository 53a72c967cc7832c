import type { ByteName, Entry } from '../entry.ts';
import type { FolderDigest } from './folder-digest.ts';

/** A name that is not the same on both sides, or only on one. */
export interface Difference {
  readonly path: ByteName;
  readonly source: Entry | undefined;
  readonly destination: Entry | undefined;
  /** Where the files were read already, since all were to be. */
  readonly md5?: { readonly source: string; readonly destination: string };
}

/** What was not looked at, or not entered, and why. Nothing at or below it may be judged by its absence. */
export interface Trouble {
  readonly kind:
    | 'unreadable'
    /** There when its folder was read, and not a moment later. */
    | 'vanished'
    | 'other-file-system'
    /** The other side's root itself, seen through another mount. */
    | 'other-root'
    /** Has the marker of a root in it. */
    | 'marked'
    /** A name that the two sides do not both tell from another one; `side` is the only one that has it, if it is not both. */
    | 'name-collision'
    /** A log folder, by its marker. */
    | 'excluded'
    /** Holds names that are no part of what is synced, so it cannot become empty. */
    | 'holds-reserved';
  readonly path: ByteName;
  readonly side: 'source' | 'destination' | 'both';
  /** The system's error, or the other name of a collision. */
  readonly detail?: string;
}

/** What both sides of a folder agree on, when its digest is not that of the agreed state; see agreed-records.ts. */
export interface FolderList {
  readonly path: ByteName;
  readonly digest: FolderDigest;
  readonly record: Uint8Array<ArrayBuffer>;
}

export interface WalkCounts {
  source: number;
  destination: number;
  common: number;
  equal: number;
}

export interface Findings {
  readonly counts: WalkCounts;
  /** Names looked at, on both sides together. */
  entries: number;
  readonly differences: Difference[];
  readonly troubles: Trouble[];
  readonly folders: FolderList[];
  /** Unfinished copies in the destination. */
  readonly temporaries: ByteName[];
}

export function noFindings(): Findings {
  return {
    counts: { source: 0, destination: 0, common: 0, equal: 0 },
    entries: 0,
    differences: [],
    troubles: [],
    folders: [],
    temporaries: [],
  };
}

/** Adds what was found elsewhere. */
export function addFindings(to: Findings, found: Findings): void {
  to.counts.source += found.counts.source;
  to.counts.destination += found.counts.destination;
  to.counts.common += found.counts.common;
  to.counts.equal += found.counts.equal;
  to.entries += found.entries;
  for (const difference of found.differences) to.differences.push(difference);
  for (const trouble of found.troubles) to.troubles.push(trouble);
  for (const folder of found.folders) to.folders.push(folder);
  for (const temporary of found.temporaries) to.temporaries.push(temporary);
}
