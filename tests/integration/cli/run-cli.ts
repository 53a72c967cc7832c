import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';

const sources = fileURLToPath(new URL('../../../electron/cli/', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout as JSON; fails when one is none. */
  readonly lines: readonly Record<string, unknown>[];
  readonly last: Record<string, unknown>;
}

export interface CliOptions {
  readonly lab?: string;
  readonly home?: string;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** The entry of another command than `sifaka`. */
  readonly entry?: 'main.ts' | 'ha-sync.ts';
}

/** A folder of its own for one test file: the app's folders, and labs in it. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'sifaka-cli-'));
  readonly home = join(this.folder, 'home');
  readonly #children: ChildProcessWithoutNullStreams[] = [];

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Makes a demo lab through the command itself. */
  async demoLab(name: string): Promise<string> {
    const lab = this.path(name);
    const made = await this.run(['lab', 'demo', lab]);
    if (made.code !== 0) throw new Error(`lab demo: ${made.stderr}`);
    return lab;
  }

  copyLab(lab: string, name: string): string {
    cpSync(lab, this.path(name), { recursive: true });
    return this.path(name);
  }

  /** The real command in a process of its own, its output still to come. */
  start(
    args: readonly string[],
    { lab, home = this.home, cwd = this.folder, env, entry = 'main.ts' }: CliOptions = {},
  ): RunningCli {
    mkdirSync(cwd, { recursive: true });
    const { SIFAKA_LAB: _lab, SIFAKA_IDENTITY: _identity, ...inherited } = process.env;
    const child = spawn(process.execPath, [join(sources, entry), ...args], {
      cwd,
      env: { ...inherited, SIFAKA_HOME: home, ...(lab === undefined ? {} : { SIFAKA_LAB: lab }), ...env },
    });
    this.#children.push(child);
    return new RunningCli(child);
  }

  async run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const running = this.start(args, options);
    running.child.stdin.on('error', () => undefined);
    running.child.stdin.end(options.input ?? '');
    return running.ended;
  }

  /** Ends what a failed test may have left standing still, too. */
  remove(): void {
    for (const child of this.#children) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class RunningCli {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<CliResult>;
  #stdout = '';
  #stderr = '';
  readonly #waiting: {
    matches: (line: string) => boolean;
    resolve: (line: string) => void;
    reject: (error: Error) => void;
  }[] = [];

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdout.on('data', (chunk) => (this.#stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (this.#stderr += String(chunk)));
    createInterface({ input: child.stdout }).on('line', (line) => this.#offer(line));
    createInterface({ input: child.stderr }).on('line', (line) => this.#offer(line));
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        for (const { reject: refuse } of this.#waiting)
          refuse(new Error(`ended first: ${this.#stdout}${this.#stderr}`));
        resolve(new FinishedCli(code, this.#stdout, this.#stderr));
      });
    });
  }

  /** The first line of stdout or stderr from now on that matches. */
  line(matches: (line: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.push({ matches, resolve, reject }));
  }

  /** The next JSON event of this type, and of this step if it is a progress. */
  event(type: string, step?: string): Promise<Record<string, unknown>> {
    const wanted = (line: string) => {
      if (!line.startsWith(`{"type":"${type}"`)) return false;
      return step === undefined || line.includes(`"step":"${step}"`);
    };
    return this.line(wanted).then((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Gives the process a moment; fails when it has ended, so that waiting for something of its making always ends. */
  async tick(): Promise<void> {
    if (this.child.exitCode !== null) throw new Error(`ended first: ${this.#stdout}${this.#stderr}`);
    await new Promise((done) => setTimeout(done, 5));
  }

  #offer(line: string): void {
    const index = this.#waiting.findIndex(({ matches }) => matches(line));
    if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve(line);
  }
}

class FinishedCli implements CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(code: number | null, stdout: string, stderr: string) {
    this.code = code;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  get lines(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  get last(): Record<string, unknown> {
    return this.lines.at(-1) ?? {};
  }
}

/**
 * The demo image with an empty tail that belongs to no partition and so counts as in use: long enough to be checked and
 * written that a run can be caught in the middle.
 */
export function makeSlowImage(lab: string, file: string): void {
  writeFileSync(file, zstdDecompressSync(readFileSync(join(lab, 'metis/images/demo.img.zst'))));
  truncateSync(file, 192 * 1024 * 1024);
}
