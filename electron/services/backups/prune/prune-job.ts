import {
  asProblem,
  cancelled,
  Problem,
  type ProblemCode,
  type ProblemRecord,
} from '../../../../shared/problem.ts';
import { formatBytes, formatQuantity } from '../../../../shared/quantities.ts';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import type { PlannedArchive } from '../../../../shared/schemas/backup-plans.ts';
import type { JobReport } from '../../../../shared/schemas/job.ts';
import type { JobReporter, JobRequest } from '../../jobs/job-registry.ts';
import type { Ways } from '../../ssh/ssh.ts';
import type { BackupParts } from '../parts.ts';
import type { PrunePlaces } from './look-at-places.ts';
import { PruneRecords } from './prune-records.ts';
import { removeCopy } from './remove-copy.ts';
import { removeOnNode } from './remove-archive.ts';

type PruneReport = Extract<JobReport, { kind: 'backup-prune' }>;

/** What was shown, and what there is just now. */
export interface ConfirmedPrune {
  readonly digest: string;
  /** Those that are removed, and no others, in the order that they go. */
  readonly removes: readonly PlannedArchive[];
  readonly places: PrunePlaces;
}

/** Removes the archives of a plan that was shown, one after the other. One that cannot be removed does not stop the others. */
export function pruneJob(parts: BackupParts, ways: Ways, confirmed: ConfirmedPrune): JobRequest {
  const { digest, removes } = confirmed;
  return {
    kind: 'backup-prune',
    title: `Prune ${formatQuantity(removes.length, 'archive')} of ${guestsIn(removes)}`,
    subject: `${parts.lab.root}#backup-prune`,
    planDigest: digest,
    ifCutOff: 'No archive was removed.',
    steps: [{ id: 'remove', label: 'Remove archives', unit: 'files', weight: 1 }],
    run: ({ signal, report }) => new PruneRun(parts, ways, confirmed, signal, report).toItsEnd(),
  };
}

const notRemoved: ReadonlySet<ProblemCode> = new Set([
  'ARCHIVE_CHANGED',
  'ARCHIVE_PROTECTED',
  'TARGET_IN_USE',
  'STORAGE_UNUSABLE',
]);

class PruneRun {
  readonly #parts: BackupParts;
  readonly #ways: Ways;
  readonly #confirmed: ConfirmedPrune;
  readonly #signal: AbortSignal;
  readonly #report: JobReporter;
  readonly #records: PruneRecords;
  readonly #removed: PlannedArchive[] = [];
  readonly #left: { archive: PlannedArchive; problem: ProblemRecord }[] = [];

  constructor(
    parts: BackupParts,
    ways: Ways,
    confirmed: ConfirmedPrune,
    signal: AbortSignal,
    report: JobReporter,
  ) {
    this.#parts = parts;
    this.#ways = ways;
    this.#confirmed = confirmed;
    this.#signal = signal;
    this.#report = report;
    this.#records = new PruneRecords(parts);
  }

  async toItsEnd(): Promise<PruneReport> {
    const { removes, places } = this.#confirmed;
    await this.#records.settle(places.archives, places.isLookedAt);
    if (removes.length > 0)
      await this.#report.ifCutOff(
        'Some of the archives of the plan may be removed, and the others are as they were: each is whole or gone.',
      );
    try {
      for (const [index, planned] of removes.entries()) {
        this.#signal.throwIfAborted();
        this.#report.progress({ step: 'remove', done: index, total: removes.length });
        await this.#removeOne(planned);
      }
      this.#report.progress({ step: 'remove', done: removes.length, total: removes.length });
    } catch (error) {
      const state = `${formatQuantity(this.#removed.length, 'archive')} of ${removes.length} were removed; the others are as they were.`;
      if (this.#signal.aborted) throw cancelled(state);
      const problem = asProblem(error);
      // What could not be written down was done all the same.
      if (problem === undefined) throw error;
      throw new Problem(problem.code, { ...problem.data, state }, { cause: error });
    } finally {
      await this.#writeDown();
    }
    return {
      kind: 'backup-prune',
      removed: this.#removed.map(({ id }) => id),
      left: this.#left.map(({ archive, problem }) => ({ archive: archive.id, problem })),
      freedBytes: bytesOf(this.#removed),
    };
  }

  async #removeOne(planned: PlannedArchive): Promise<void> {
    const archive = this.#confirmed.places.archives.find(({ id }) => id === planned.id);
    if (archive === undefined) throw new Error('what is removed was just seen');
    await this.#records.started(archive);
    try {
      await this.#remove(archive);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      if (problem.code === 'ARCHIVE_GONE') await this.#records.gone(archive);
      // Of what may be gone it stays written that it was to be removed: the next prune looks.
      else if (notRemoved.has(problem.code)) await this.#records.left(archive);
      this.#left.push({ archive: planned, problem: problem.toRecord() });
      this.#report.note(`${planned.name} was not removed: ${problem.data.what}`);
      return;
    }
    this.#removed.push(planned);
    await this.#records.gone(archive);
    this.#report.note(`${planned.place}: ${planned.name} was removed (${formatBytes(planned.sizeBytes)}).`);
  }

  async #remove(archive: Archive): Promise<void> {
    const { place } = archive;
    if (!place.startsWith('target:')) {
      const others = this.#confirmed.places.nodesWith(archive).filter((node) => node !== archive.node);
      return removeOnNode(this.#parts, this.#ways, { archive, others });
    }
    const store = await this.#parts.targets.open(place.slice('target:'.length));
    // It is not ended in the middle; what a target does not answer, it ends by itself.
    await removeCopy(store, archive, new AbortController().signal);
  }

  /** In the logbook, and where the dashboard looks. A lab that cannot be written brings nothing back: the job says so. */
  async #writeDown(): Promise<void> {
    const touched = [...this.#removed, ...this.#left.map(({ archive }) => archive)];
    if (touched.length === 0) return;
    try {
      await this.#parts.lab.appendToLogbook({
        project: 'backups',
        summary: `Backups: ${formatQuantity(this.#removed.length, 'archive')} of ${guestsIn(touched)} removed by retention${
          this.#left.length === 0 ? '' : `, ${this.#left.length} left`
        }`,
        details: [
          ...this.#removed.map(({ id, why }) => `Removed ${id}: ${why}`),
          ...this.#left.map(({ archive, problem }) => `Left ${archive.id}: ${problem.code}, ${problem.what}`),
          `Plan ${this.#confirmed.digest}`,
        ],
        affectedResources: [...new Set(touched.map(({ place }) => place))],
      });
      await this.#markGuests(touched);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      this.#report.note(`The logbook was not written: ${problem.data.what} ${problem.data.next}`);
    }
  }

  async #markGuests(touched: readonly PlannedArchive[]): Promise<void> {
    const failures = new Map(this.#left.map(({ archive, problem }) => [guestKey(archive), problem]));
    const guests = new Map(touched.map((planned) => [guestKey(planned), planned]));
    for (const [key, planned] of guests) {
      const archive = this.#confirmed.places.archives.find(({ id }) => id === planned.id);
      const problem = failures.get(key);
      const isDone = problem === undefined || problem.code === 'ARCHIVE_GONE';
      if (archive !== undefined) await this.#records.failed(archive, isDone ? undefined : problem.what);
    }
  }
}

function guestKey({ type, vmid }: PlannedArchive): string {
  return `${type}/${vmid}`;
}

export function guestsIn(archives: readonly PlannedArchive[]): string {
  return formatQuantity(new Set(archives.map(guestKey)).size, 'guest');
}

export function bytesOf(archives: readonly PlannedArchive[]): number {
  return archives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
