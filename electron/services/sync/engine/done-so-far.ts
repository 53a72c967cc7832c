import type { AppliedPath } from './applied-batch.ts';
import type { BatchResult, Durable } from './batch-result.ts';

/**
 * What a pass has done, until the file system has said that it is on the disk: only then both sides agree on it. A power cut
 * takes the rest back, and what was agreed on then would look as if somebody had deleted it.
 */
export class DoneSoFar {
  #applied: AppliedPath[] = [];
  #aligned: AppliedPath[] = [];
  #durable: { applied: AppliedPath[]; aligned: AppliedPath[] } = { applied: [], aligned: [] };

  add({ applied, aligned }: BatchResult): void {
    this.#applied = [...this.#applied, ...applied];
    this.#aligned = [...this.#aligned, ...aligned];
  }

  /** After a sync that went well (all that was added is durable) or ill (nobody knows of any of it). */
  synced(well: boolean): void {
    if (well) {
      const { applied, aligned } = this.#durable;
      this.#durable = {
        applied: [...applied, ...this.#applied],
        aligned: [...aligned, ...this.#aligned],
      };
    }
    this.#applied = [];
    this.#aligned = [];
  }

  /** What has become durable since the last call. */
  take(): Durable {
    const durable = this.#durable;
    this.#durable = { applied: [], aligned: [] };
    return durable;
  }
}
