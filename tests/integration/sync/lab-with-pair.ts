import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../electron/services/clock.ts';
import { createServices } from '../../../electron/services/create-services.ts';
import type { Services } from '../../../electron/services/services.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import type { SyncRunReport } from '../../../shared/schemas/sync-report.ts';

type Ended = Extract<JobEvent, { type: 'ended' }>;

/** Seconds before now that files are from: further back than any threshold. */
const old = 3600;

/** A lab with the pair `media`, whose sides `a` and `b` are two real folders that no run has seen; open in the real services. */
export class LabWithPair implements AsyncDisposable {
  readonly folder: string;
  readonly lab: string;
  readonly a: string;
  readonly b: string;
  readonly logDir: string;
  readonly signal = new AbortController().signal;
  /** Milliseconds by which the services' clock is ahead. */
  ahead = 0;
  readonly logged: string[] = [];
  services!: Services;

  private constructor() {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'sifaka-pairs-')));
    this.lab = join(this.folder, 'lab');
    this.a = join(this.folder, 'a');
    this.b = join(this.folder, 'b');
    this.logDir = join(this.folder, 'log');
    for (const folder of [this.lab, this.a, this.b, join(this.lab, 'sync')]) mkdirSync(folder);
  }

  static async open({ settings = '', head = '' } = {}): Promise<LabWithPair> {
    const made = new LabWithPair();
    made.writePairs(settings, head);
    const folders = {
      cache: join(made.folder, 'home/cache'),
      state: join(made.folder, 'home/state'),
      data: join(made.folder, 'home/data'),
      config: join(made.folder, 'home/config'),
    };
    for (const one of Object.values(folders)) mkdirSync(one, { recursive: true, mode: 0o700 });
    const clock: Clock = { now: () => new Date(Date.now() + made.ahead) };
    made.services = await createServices({
      lab: made.lab,
      folders,
      clock,
      log: { line: (text) => void made.logged.push(text) },
      version: '0.0.0-test',
    });
    return made;
  }

  /** `settings` of the pair, and what stands before the pairs, as lines of YAML. */
  writePairs(settings = '', head = ''): void {
    writeFileSync(
      join(this.lab, 'sync/pairs.yaml'),
      `schema: sifaka.sync-pairs/1\nlogFolder: ${this.logDir}\n${head}\npairs:\n  media:\n    sides: {a: ${this.a}, b: ${this.b}}\n${settings}`,
    );
  }

  get sync() {
    return this.services.sync;
  }

  write(side: 'a' | 'b', path: string, text: string, secondsAgo = old): void {
    const file = join(this[side], path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    const time = Date.now() / 1000 - secondsAgo;
    utimesSync(file, time, time);
  }

  read(side: 'a' | 'b', path: string): string {
    return readFileSync(join(this[side], path), 'utf8');
  }

  plan(direction = 'a-to-b') {
    return this.sync.plan({ pair: 'media', direction }, this.signal);
  }

  /** Until its job has ended. */
  async run(digest: string): Promise<Ended> {
    const { jobId } = await this.sync.run(digest);
    for await (const event of this.services.jobs.follow(jobId, {})) if (event.type === 'ended') return event;
    throw new Error('a job ends');
  }

  async reviewAndRun(direction = 'a-to-b'): Promise<Ended> {
    return this.run((await this.plan(direction)).digest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.services.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function reportOf(ended: { report?: { kind: string } | undefined }): SyncRunReport {
  if (ended.report?.kind !== 'sync-run') throw new Error('the report of a run was expected');
  // The kind says which one it is.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return ended.report as SyncRunReport;
}

/** One whose folders are marked. */
export async function marked(settings = ''): Promise<LabWithPair> {
  const pair = await LabWithPair.open({ settings });
  await pair.sync.initPair('media');
  return pair;
}
