import type { Drive } from '../../../shared/schemas/drive.ts';

/** The drives of this machine. Looking at them changes nothing and needs no privileges. */
export interface Drives {
  /**
   * Every whole drive, sorted by path; those that are not offered with the reasons. `only` is the path of the one that is
   * asked for, which spares looking into the others. DRIVE_FAILED when none can be listed.
   */
  list(only?: string): Promise<Drive[]>;
  /** The same at once, and again whenever it is another list; ends when the signal is aborted. */
  watch(signal: AbortSignal): AsyncIterable<Drive[]>;
}
