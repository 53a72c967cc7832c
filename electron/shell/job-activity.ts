import type { Services } from '../hosts/open-services.ts';

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

export interface EndedJob {
  readonly id: string;
  readonly title: string;
  readonly address: string;
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'cut-off';
  /** What went wrong, in a sentence. */
  readonly what: string | undefined;
}

type Jobs = Pick<Services['jobs'], 'follow' | 'onStart'>;

/** What this process is busy with, for the tray, the taskbar and whoever wants to quit. */
export class JobActivity {
  readonly #running = new Map<string, RunningJob>();
  readonly #stop = new AbortController();
  readonly #on: { changed(): void; ended(job: EndedJob): void };

  constructor(jobs: Jobs, on: { changed(): void; ended(job: EndedJob): void }) {
    this.#on = on;
    const { signal } = this.#stop;
    jobs.onStart((id) => void this.#follow(jobs, id).finally(() => this.#forget(id)), signal);
  }

  /** The one that began first comes first. */
  get running(): readonly RunningJob[] {
    return [...this.#running.values()];
  }

  /** From now on it says nothing more. */
  close(): void {
    this.#stop.abort();
    this.#running.clear();
  }

  async #follow(jobs: Jobs, id: string): Promise<void> {
    let job: RunningJob | undefined;
    for await (const event of jobs.follow(id, { signal: this.#stop.signal })) {
      if (event.type === 'started') {
        const { title, kind, subject } = event;
        job = {
          id,
          title,
          address: kind.startsWith('card-') ? `#/cards/job/${id}` : '#/jobs',
          share: undefined,
          writesDrive: kind === 'card-burn' && isDevice(subject),
        };
      } else if (event.type === 'progress' && job !== undefined) {
        job = { ...job, share: event.progress.overall };
      } else if (event.type === 'ended') {
        this.#running.delete(id);
        const { outcome, problem } = event;
        if (job === undefined) return;
        const { title, address } = job;
        this.#on.ended({ id, title, address, outcome, what: problem?.what });
        return;
      }
      if (job === undefined || this.#stop.signal.aborted) continue;
      this.#running.set(id, job);
      this.#on.changed();
    }
  }

  #forget(id: string): void {
    this.#running.delete(id);
    if (!this.#stop.signal.aborted) this.#on.changed();
  }
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
