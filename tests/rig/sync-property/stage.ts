import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildFaultLayer, FaultLayer } from '../sync-faults/fault-layer.ts';
import { makeFolderInMemory } from './in-memory.ts';
import { type PassAnswer, type PassRequest, pair } from './pass-protocol.ts';

const program = join(import.meta.dirname, 'sync-pass-process.ts');
const command = join(import.meta.dirname, '../../../electron/cli/ha-sync.ts');

/**
 * Two folders, a log folder, something outside, and a process under the fault layer that makes passes between them. The same
 * for all seeds of a run, one after another. In memory where there is such a place: what a disk does is tested elsewhere.
 */
export class Stage implements AsyncDisposable {
  readonly folder: string;
  readonly a: string;
  readonly b: string;
  readonly logDir: string;
  readonly outside: string;
  /** Below the process that makes one pass after the other. */
  readonly layer: FaultLayer;
  /** Below the command. */
  readonly commandLayer: FaultLayer;
  readonly trace: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, library: string, b: string | undefined) {
    this.folder = folder;
    const work = join(folder, 'work');
    this.a = join(work, 'a');
    this.b = b ?? join(work, 'b');
    this.logDir = join(work, 'log');
    this.outside = join(work, 'outside');
    this.trace = join(folder, 'trace');
    this.layer = new FaultLayer(library, join(folder, 'control'), [work, this.b]);
    this.commandLayer = new FaultLayer(library, join(folder, 'control-of-command'), [work, this.b]);
  }

  /** `b`: where B lies, when it is not beside A. */
  static async make(b?: string): Promise<Stage> {
    const library = await buildFaultLayer();
    return new Stage(makeFolderInMemory('sifaka-sync-stage-'), library, b);
  }

  /** Everything new and empty, but what lies outside. */
  clear(): void {
    rmSync(join(this.folder, 'work'), { recursive: true, force: true });
    for (const folder of [this.a, this.b, this.logDir, this.outside]) mkdirSync(folder, { recursive: true });
    for (const name of ['file', 'plain', 'notes.txt'])
      writeFileSync(join(this.outside, name), `outside ${name}`);
  }

  /** Marks both folders as each other's. */
  async init(): Promise<void> {
    const answer = await this.#ask({ init: [this.a, this.b] });
    if (answer.problem !== undefined) throw new Error(answer.text);
  }

  /** The process is there: what is armed now is not forgotten by its start. */
  ready(): void {
    this.#process ??= this.#start();
  }

  /** Does not throw for what the pass does. */
  async pass(request: PassRequest): Promise<PassAnswer> {
    return this.#ask(request);
  }

  /** The same by `ha-sync`, in a process that has nothing in memory of any pass before. */
  async passOfCommand(request: PassRequest): Promise<PassAnswer> {
    const { src, dest, direction, logDir, workers, deleteMissing } = request;
    const flags = { src, dest, direction, pair, 'log-dir': logDir, workers, 'max-delete': 100 };
    const words = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    if (deleteMissing) words.push('--delete-missing');
    const child = spawn(process.execPath, [command, ...words, '--allow-everything-changed', '--json'], {
      env: {
        ...environment(),
        SIFAKA_HOME: join(this.folder, 'home'),
        ...this.commandLayer.environment(),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    const problem = /"code":"([A-Z_]+)"/.exec(out)?.[1] ?? (code === 0 ? undefined : 'bug');
    return {
      ...(signal === 'SIGKILL' ? { problem: 'killed' } : problem === undefined ? {} : { problem }),
      text: `ha-sync ended with ${String(code ?? signal)} ${out.slice(-1000)} ${err.slice(-1000)}`,
      operations: [],
      notices: [],
    };
  }

  async #ask(message: PassRequest | { init: readonly [string, string] }): Promise<PassAnswer> {
    const child = (this.#process ??= this.#start());
    const ended = new AbortController();
    const answer = once(child, 'message', { signal: ended.signal }).then(([said]) => said as PassAnswer);
    const death = once(child, 'exit', { signal: ended.signal }).then(([code, signal]): PassAnswer => {
      this.#process = undefined;
      const problem = signal === 'SIGKILL' ? 'killed' : 'bug';
      return { problem, text: `ended with ${code ?? signal}`, operations: [], notices: [] };
    });
    child.send(message);
    try {
      return await Promise.race([answer, death]);
    } finally {
      ended.abort();
      for (const one of [answer, death]) one.catch(() => undefined);
    }
  }

  #start(): ChildProcess {
    // The counters go on; who is to be killed is the new one.
    this.layer.reset();
    return fork(program, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: {
        ...environment(),
        ...this.layer.environment(process.env['SIFAKA_SYNC_TRACE'] === undefined ? undefined : this.trace),
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process;
    if (child !== undefined) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
    this.layer[Symbol.dispose]();
    this.commandLayer[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function environment(): NodeJS.ProcessEnv {
  const { HA_SYNC_DB_DSN: _dsn, ...own } = process.env;
  return { ...own, NODE_OPTIONS: '', NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') };
}
