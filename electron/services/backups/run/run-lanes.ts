import type { Lane } from '../../../../shared/progress.ts';
import { formatBytes } from '../../../../shared/quantities.ts';
import type { PlannedGuest } from '../../../../shared/schemas/backup-plans.ts';
import type { JobReporter } from '../../jobs/job-registry.ts';
import type { SeenRun } from './node-run.ts';

/** A job's progress shows so many lanes at most; those that work come first. */
const mostLanes = 64;

interface Counted {
  lane: Lane;
  dumped: number;
  toDump: number;
  copied: number;
  toCopy: number;
}

/** What a run of backups shows while it runs: a lane for each guest, and bytes of all of them together. */
export class RunLanes {
  private readonly counted: Map<string, Counted>;
  private readonly report: Pick<JobReporter, 'progress'>;
  private step: 'backup' | 'copy' = 'backup';

  constructor(guests: readonly PlannedGuest[], report: Pick<JobReporter, 'progress'>) {
    this.report = report;
    this.counted = new Map(
      guests.map(({ guest, estimateBytes }) => {
        const name = `${guest.node}/${guest.vmid}`;
        const lane: Lane = { name, state: 'waiting', label: 'waits for its turn' };
        return [name, { lane, dumped: 0, toDump: estimateBytes ?? 0, copied: 0, toCopy: 0 }];
      }),
    );
    this.tell();
  }

  say(name: string, state: Lane['state'], label: string): void {
    const found = this.counted.get(name);
    if (found === undefined) return;
    found.lane = { name, state, label };
    this.tell();
  }

  /** Of a guest that is being backed up. */
  seen(name: string, { phase, log }: SeenRun): void {
    const found = this.counted.get(name);
    if (found === undefined) return;
    const { progress } = log;
    if (phase?.word === 'dump' && progress !== undefined && progress.totalBytes > 0) {
      found.toDump = progress.totalBytes;
      found.dumped = Math.min(progress.doneBytes, progress.totalBytes);
    }
    this.say(name, 'running', wordsFor({ phase, log }));
  }

  /** vzdump has it all. */
  dumped(name: string): void {
    const found = this.counted.get(name);
    if (found !== undefined) found.dumped = found.toDump;
  }

  toCopy(name: string, bytes: number): void {
    const found = this.counted.get(name);
    if (found !== undefined) found.toCopy += bytes;
  }

  copied(name: string, bytes: number): void {
    const found = this.counted.get(name);
    if (found === undefined) return;
    found.copied = Math.min(found.toCopy, bytes);
    this.tell();
  }

  /** From now on only copies are made, if there are any to make. */
  beginCopies(): void {
    if (![...this.counted.values()].some(({ toCopy }) => toCopy > 0)) return;
    this.step = 'copy';
    this.tell();
  }

  private tell(): void {
    const all = [...this.counted.values()];
    const sum = (of: (one: Counted) => number) => all.reduce((total, one) => total + of(one), 0);
    const isCopy = this.step === 'copy';
    this.report.progress({
      step: this.step,
      done: sum((one) => (isCopy ? one.copied : one.dumped)),
      total: sum((one) => (isCopy ? one.toCopy : one.toDump)),
      lanes: all
        .map(({ lane }) => lane)
        .toSorted((a, b) => urgency(a) - urgency(b))
        .slice(0, mostLanes),
    });
  }
}

/** In the order of the plan while all of them fit. */
function urgency({ state }: Lane): number {
  if (state === 'running') return 0;
  return state === 'failed' ? 1 : 2;
}

function wordsFor({ phase, log }: SeenRun): string {
  if (phase?.word === 'read') return `is read for its checksum${shareOf(phase.done, phase.total)}`;
  if (phase?.word === 'pack') return `its disks are packed${shareOf(phase.done, phase.total)}`;
  if (log.waits) return 'waits for another backup of its node';
  const { progress } = log;
  if (progress === undefined || progress.totalBytes === 0)
    return phase !== undefined && phase.done > 0
      ? `is being backed up: ${formatBytes(phase.done)} so far`
      : 'is being backed up';
  const rate = progress.readBytes === undefined ? '' : `, ${formatBytes(progress.readBytes)}/s`;
  return `is being backed up${shareOf(progress.doneBytes, progress.totalBytes)}${rate}`;
}

function shareOf(done: number, total: number): string {
  return total > 0 ? `: ${Math.floor((100 * Math.min(done, total)) / total)} % of ${formatBytes(total)}` : '';
}
