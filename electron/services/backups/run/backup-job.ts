import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { StepDefinition } from '../../../../shared/progress.ts';
import { formatQuantity } from '../../../../shared/quantities.ts';
import type { PlannedGuest } from '../../../../shared/schemas/backup-plans.ts';
import type { JobReport } from '../../../../shared/schemas/job.ts';
import type { JobReporter, JobRequest } from '../../jobs/job-registry.ts';
import { createProcessIdentity } from '../../jobs/process-identity.ts';
import { createSubjectLocks, type HeldLock } from '../../jobs/subject-lock.ts';
import type { BackupParts } from '../parts.ts';
import type { ConfirmedBackups } from './backup-plans.ts';
import { missingCopies } from './copies.ts';
import {
  addressOf,
  backUpGuest,
  copyGuest,
  forget,
  type GuestEnd,
  type GuestRun,
  refusedRecord,
} from './guest-run.ts';
import { storagePlace } from './record-of.ts';
import { runEnd } from './run-end.ts';
import { RunLanes } from './run-lanes.ts';
import { backupEntry } from './run-logbook.ts';

const backupStep: StepDefinition = {
  id: 'backup',
  label: 'Backing up on the nodes',
  unit: 'bytes',
  weight: 6,
};
const copyStep: StepDefinition = { id: 'copy', label: 'Copying to the targets', unit: 'bytes', weight: 4 };

const ifCutOff =
  'What runs on the nodes goes on there by itself. `sifaka backups run` takes it up where it is: nothing is dumped twice, and no archive is lost.';

/** The job that runs a confirmed plan. */
export function backupJob(parts: BackupParts, confirmed: ConfirmedBackups): JobRequest {
  const { guests } = confirmed.plan;
  const runnable = guests.filter(({ refusal }) => refusal === undefined);
  const places = placesOf(runnable);
  return {
    kind: 'backup-run',
    title: `Back up ${runnable.length === 1 && runnable[0] ? addressOf(runnable[0]) : formatQuantity(runnable.length, 'guest')}`,
    subject: `${parts.lab.root}#backups ${places.join(' ')}`,
    planDigest: confirmed.digest,
    ifCutOff: 'Nothing was begun.',
    steps: runnable.some(({ targets }) => targets.length > 0) ? [backupStep, copyStep] : [backupStep],
    run: ({ jobId, signal, report }) => new BackupJob(parts, confirmed, { jobId, signal, report }).toItsEnd(),
  };
}

interface JobContext {
  readonly jobId: string;
  readonly signal: AbortSignal;
  readonly report: JobReporter;
}

class BackupJob {
  private readonly parts: BackupParts;
  private readonly confirmed: ConfirmedBackups;
  private readonly context: JobContext;
  private readonly lanes: RunLanes;
  /** Copies are made one after another, while the next guest is backed up. */
  private copies: Promise<unknown> = Promise.resolve();

  constructor(parts: BackupParts, confirmed: ConfirmedBackups, context: JobContext) {
    this.parts = parts;
    this.confirmed = confirmed;
    this.context = context;
    this.lanes = new RunLanes(confirmed.plan.guests, context.report);
  }

  async toItsEnd(): Promise<JobReport> {
    const { guests } = this.confirmed.plan;
    const runnable = guests.filter(({ refusal }) => refusal === undefined);
    const locks = await this.lockStorages(runnable);
    try {
      await this.context.report.ifCutOff(ifCutOff);
      await this.tidyNodes();
      const refused = await this.recordRefused();
      const groups = Map.groupBy(runnable, placeOf);
      const ended = await Promise.all([...groups.values()].map((group) => this.oneAfterAnother(group)));
      this.lanes.beginCopies();
      const ends = await Promise.all(ended.flat());
      return runEnd([...refused, ...ends], this.context.signal.aborted);
    } finally {
      await Promise.all(locks.map((lock) => lock.release()));
    }
  }

  /** Each guest's end comes when its copies are made; the next guest does not wait for them. */
  private async oneAfterAnother(group: readonly PlannedGuest[]): Promise<Promise<GuestEnd>[]> {
    const ends: Promise<GuestEnd>[] = [];
    for (const planned of group) {
      const run = await this.guestRun(planned);
      const end = await backUpGuest(run);
      const [first] = end.problems;
      if (first !== undefined) {
        this.lanes.say(end.address, 'failed', first.what);
        this.context.report.note(`${end.address}: ${first.what}`);
      } else if (end.record !== undefined && missingCopies(end.record).length > 0) {
        this.lanes.toCopy(end.address, missingCopies(end.record).length * (end.record.sizeBytes ?? 0));
        this.lanes.say(end.address, 'running', 'is backed up, and waits to be copied');
      }
      ends.push(this.afterCopies(() => copyGuest(run, end)));
    }
    return ends;
  }

  private afterCopies(work: () => Promise<GuestEnd>): Promise<GuestEnd> {
    const end = this.copies.then(work);
    this.copies = end.catch(() => undefined);
    return end;
  }

  private async guestRun(planned: PlannedGuest): Promise<GuestRun> {
    const { parts, confirmed, context, lanes } = this;
    const { destinations } = await parts.ssh.ways();
    const { node } = planned.guest;
    return {
      parts,
      planned,
      lanes,
      node: { ssh: parts.ssh, node, destination: destinations.toNode(node), program: confirmed.program },
      signal: context.signal,
      note: (text) => context.report.note(text),
    };
  }

  /** One run to a storage at a time, whichever process starts it. STORAGE_BUSY. */
  private async lockStorages(guests: readonly PlannedGuest[]): Promise<HeldLock[]> {
    const { folders, clock, lab } = this.parts;
    const locks = createSubjectLocks({
      folder: join(folders.state, 'locks'),
      identity: createProcessIdentity(),
      clock,
    });
    const held: HeldLock[] = [];
    try {
      for (const place of placesOf(guests))
        held.push(
          await locks.acquire(`${lab.root}#backups of ${place}`, {
            jobId: this.context.jobId,
            title: 'Back up guests',
          }),
        );
      return held;
    } catch (error) {
      await Promise.all(held.map((lock) => lock.release()));
      if (error instanceof Problem && error.code === 'TARGET_IN_USE')
        throw new Problem('STORAGE_BUSY', error.data, { cause: error });
      throw error;
    }
  }

  /** A node keeps its notes of a backup until they are in the lab: an app that was ended in between left some there. */
  private async tidyNodes(): Promise<void> {
    const { facts, program } = this.confirmed;
    const { destinations } = await this.parts.ssh.ways();
    const recorded = new Set(facts.records.map(({ id }) => id));
    for (const asked of facts.nodes) {
      if (!('facts' in asked)) continue;
      for (const { id, state, request } of asked.facts.runs) {
        if (state === 'running' || request?.by !== 'operator' || !recorded.has(id)) continue;
        const { node } = asked;
        const destination = destinations.toNode(node);
        await forget({ ssh: this.parts.ssh, node, destination, program }, id, (text) =>
          this.context.report.note(text),
        );
      }
    }
  }

  /** What the plan refuses was not backed up, and that is written down, unless nobody knows of such a guest. */
  private async recordRefused(): Promise<GuestEnd[]> {
    const { clock, records } = this.parts;
    const ends: GuestEnd[] = [];
    for (const planned of this.confirmed.plan.guests) {
      const { refusal } = planned;
      if (refusal === undefined) continue;
      const address = addressOf(planned);
      this.lanes.say(address, 'failed', refusal.what);
      this.context.report.note(`${address}: ${refusal.what}`);
      if (isOfNoGuest(refusal)) {
        ends.push({ address, problems: [refusal] });
        continue;
      }
      const record = refusedRecord({ ...planned, id: randomUUID() }, refusal, clock.now().toISOString());
      await records.put(record.id, () => record, backupEntry(record));
      ends.push({ address, record, problems: [refusal] });
    }
    return ends;
  }
}

function isOfNoGuest({ code }: ProblemRecord): boolean {
  return code === 'GUEST_UNKNOWN' || code === 'NODE_UNKNOWN' || code === 'NOT_PROXMOX';
}

function placeOf({ guest, storage, shared }: PlannedGuest): string {
  const place = storagePlace(guest.node, storage, shared);
  return shared ? `${guest.pveCluster} ${place}` : place;
}

function placesOf(guests: readonly PlannedGuest[]): string[] {
  return [...new Set(guests.map(placeOf))].toSorted();
}
