import type { Services } from '../hosts/open-services.ts';

type Jobs = Pick<Services['jobs'], 'follow' | 'onStart'>;
type StartedJob = Parameters<Parameters<Jobs['onStart']>[0]>[0];

/** A job of this process that runs. */
export interface RunningJob {
  readonly id: string;
  readonly title: string;
  /** Where the page shows it, as in `#/jobs`. */
  readonly address: string;
  /** 0 to 1; `undefined` before its first word. */
  readonly share: number | undefined;
  /** A real drive is written to, or will be: ending the app now would leave it half written. */
  readonly writesDrive: boolean;
}

export interface EndedJob extends Pick<RunningJob, 'id' | 'title' | 'address'> {
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'cut-off';
  /** What went wrong, in a sentence. */
  readonly what: string | undefined;
}

/** What this process is busy with, for the tray, the taskbar and whoever wants to quit. */
export class JobActivity {
  readonly #running = new Map<string, RunningJob>();
  readonly #stop = new AbortController();
  readonly #on: { changed(): void; ended(job: EndedJob): void };

  constructor(jobs: Jobs, on: { changed(): void; ended(job: EndedJob): void }) {
    this.#on = on;
    jobs.onStart((started) => this.#add(jobs, started), this.#stop.signal);
  }

  /** The one that began first comes first. */
  get running(): readonly RunningJob[] {
    return [...this.#running.values()];
  }

  /** From now on it says nothing more, and nothing runs as far as it knows. */
  close(): void {
    this.#stop.abort();
    this.#running.clear();
  }

  #add(jobs: Jobs, started: StartedJob): void {
    const { id, title, kind, subject } = started;
    this.#running.set(id, {
      id,
      title,
      address: addressOfJob(kind, id),
      share: undefined,
      writesDrive: kind === 'card-burn' && isDevice(subject),
    });
    this.#on.changed();
    // Whether it runs is known without reading its journal; how far it is may stay unknown.
    this.#readShare(jobs, id).catch(() => undefined);
    void this.#remove(started);
  }

  async #readShare(jobs: Jobs, id: string): Promise<void> {
    for await (const event of jobs.follow(id, { signal: this.#stop.signal })) {
      const job = this.#running.get(id);
      if (job === undefined) return;
      if (event.type !== 'progress') continue;
      this.#running.set(id, { ...job, share: event.progress.overall });
      this.#on.changed();
    }
  }

  async #remove({ id, finished }: StartedJob): Promise<void> {
    const { outcome, problem, report } = await finished;
    const job = this.#running.get(id);
    if (job === undefined) return;
    this.#running.delete(id);
    const { title, address } = job;
    const check = report?.kind === 'bridge-check' ? report.check : undefined;
    if (check?.passed === false)
      this.#on.ended({ id, title, address, outcome: 'failed', what: check.findings[0]?.what });
    // One that nobody asked for and that found nothing is not worth a look.
    else if (check?.trigger !== 'schedule')
      this.#on.ended({ id, title, address, outcome, what: problem?.what });
    this.#on.changed();
  }
}

function addressOfJob(kind: StartedJob['kind'], id: string): string {
  if (kind === 'image-add' || kind.startsWith('backup-')) return '#/jobs';
  return kind.startsWith('bridge-') ? `#/bridge/job/${id}` : `#/cards/job/${id}`;
}

/** `/dev/sdb`, `\\.\PhysicalDrive2`. */
function isDevice(subject: string): boolean {
  return subject.startsWith('/dev/') || subject.startsWith('\\\\.\\');
}

/** Of all jobs together, 0 to 1: the least advanced one; `undefined` when none runs, or none has said anything yet. */
export function shareOf(running: readonly RunningJob[]): number | undefined {
  const shares = running.flatMap(({ share }) => share ?? []);
  return shares.length === 0 ? undefined : Math.min(...shares);
}
