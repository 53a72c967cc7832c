import type { AgreedEntry, AgreedName } from './agreed-records.ts';
import type { ByteName } from './entry.ts';
import type { FolderList } from './survey/findings.ts';

/** What both sides of a pair last had in common. It advises; without it the newest wins. */
export interface AgreedAdvice {
  /** What both sides last had there. */
  advise(path: ByteName): AgreedEntry | undefined;
  /** The names of a folder as they were last recorded. */
  folder(path: ByteName): ReadonlyMap<ByteName, AgreedName> | undefined;
  /**
   * Whether the pair has been synced in the other direction: then what only the destination has, and the state does not
   * know, is new there. True as well while a broken state is made anew: nothing is deleted for want of knowledge.
   */
  readonly otherDirectionRan: boolean;
  /** Whose times are recorded: of the same root in both directions. */
  readonly timesOf: 'source' | 'destination';
  /** For the threads that walk; absent when nothing is recorded. */
  readonly digests: SharedArrayBuffer | undefined;
  /** Takes what a walk found to be agreed on; kept in memory until `finish`. */
  addFolders(folders: readonly FolderList[]): void;
}
