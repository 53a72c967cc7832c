import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** How the machine behaves. */
export interface Behaviour {
  /** What User Account Control answers, if anything; a number is the error of ShellExecuteEx (winerror.h). */
  readonly elevation?: 'yes' | 'nothing' | number;
  /** What the program that locks volumes answers first. */
  readonly volumes?: string;
  /** Another card, or the end of the program that knows of it, when it is asked for the medium at this moment. */
  readonly medium?: { readonly at: Moment; readonly is: 'another' | 'gone' };
  /** For the writer a second passes from each look at its clock to the next, so that it asks for the medium before every write. */
  readonly clock?: 'fast';
}

/**
 * The n-th time, the first is 1; the first time after something was written (how often before is a matter of time), or after
 * something was written at this place of the disk.
 */
export type Moment = number | 'written' | { readonly written: number };

/** What was done to it, in order. */
export interface MachineEvent {
  readonly event: string;
  readonly [detail: string]: unknown;
}

/**
 * A folder that passes for a machine with Windows: its SystemRoot with stand-ins for the three of its programs that are
 * started, its disk as a file of that name, and its pipes. Everything runs in this folder, because a name as
 * `\\.\PhysicalDrive1` is a plain name of a file elsewhere.
 */
export class WindowsMachine implements AsyncDisposable {
  readonly folder: string;
  readonly disk: string;
  readonly behaviourFile: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.disk = join(folder, '\\\\.\\PhysicalDrive1');
    this.behaviourFile = join(folder, 'behaviour.json');
  }

  static async start(behaviour: Behaviour = {}): Promise<WindowsMachine> {
    const machine = new WindowsMachine(await mkdtemp(join(tmpdir(), 'sifaka-windows-')));
    const system = join(machine.folder, 'Windows', 'System32');
    const shell = join(system, 'WindowsPowerShell', 'v1.0');
    await mkdir(shell, { recursive: true });
    await mkdir(join(machine.folder, 'Local', 'Temp'), { recursive: true });
    await writeFile(machine.behaviourFile, JSON.stringify(behaviour));
    await writeFile(join(machine.folder, 'events.jsonl'), '');
    await writeFile(join(machine.folder, 'reached.jsonl'), '');
    for (const path of [join(shell, 'powershell.exe'), join(system, 'icacls.exe')]) {
      await writeFile(
        path,
        `#!${process.execPath}\nimport(${JSON.stringify(here('system-program-process.ts'))}).then(({ run }) => run(${JSON.stringify(machine.folder)}, process.argv));\n`,
      );
      await chmod(path, 0o755);
    }
    return machine;
  }

  /** Runs a program of these tests on it; answers what it printed, as JSON. */
  async run(program: string, question: unknown): Promise<unknown> {
    const child = spawn(
      process.execPath,
      ['--import', here('pretended-process.ts'), here(program), JSON.stringify(question)],
      { cwd: this.folder, env: this.environment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let [printed, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const code = await new Promise((ended) => {
      child.once('close', ended);
    });
    if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${said.slice(-4000)}`);
    return JSON.parse(printed);
  }

  environment(): NodeJS.ProcessEnv {
    return {
      SystemRoot: join(this.folder, 'Windows'),
      LOCALAPPDATA: join(this.folder, 'Local'),
      PRETEND_REPORT: join(this.folder, 'reached.jsonl'),
      SIFAKA_HOME: join(this.folder, 'app'),
    };
  }

  /** What Windows does not have and somebody reached for. */
  async reached(): Promise<unknown[]> {
    return await this.#lines('reached.jsonl');
  }

  async events(): Promise<MachineEvent[]> {
    return (await this.#lines('events.jsonl')) as MachineEvent[];
  }

  async #lines(name: string): Promise<unknown[]> {
    const text = await readFile(join(this.folder, name), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
