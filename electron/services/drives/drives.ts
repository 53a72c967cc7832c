import type { Drive } from '../../../shared/schemas/drive.ts';

/** The drives of this machine. Looking at them changes nothing and needs no privileges. */
export interface Drives {
  /** Every whole drive, sorted by path; those that are not offered with the reasons. DRIVE_FAILED when none can be listed. */
  list(): Promise<Drive[]>;
  /** The same at once, and again whenever it is another list; ends when the signal is aborted. */
  watch(signal: AbortSignal): AsyncIterable<Drive[]>;
}
