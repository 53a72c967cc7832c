import { type ChildProcess, spawn } from 'node:child_process';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { AnswerMessage, CallMessage, Calls, RelayMessage } from './calls.ts';

const script = fileURLToPath(new URL('supervisor.sh', import.meta.url));
const program = fileURLToPath(new URL('supervisor-process.ts', import.meta.url));

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The owner's half of a cluster's supervisor. */
export class Supervisor {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #gone: Promise<void>;
  #calls = 0;
  #said = '';
  /** A process in the cluster's mount namespace, by its number here. */
  #pid = 0;

  private constructor(folder: string, cgroups: readonly string[]) {
    this.#child = spawn(script, [folder, cgroups.join(' '), process.execPath, program], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      // Out of reach of a terminal's Ctrl-C: it ends when its owner has ended.
      detached: true,
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    });
    this.#child.stderr?.on('data', (chunk) => (this.#said += String(chunk)));
    this.#child.on('message', (answer: AnswerMessage) => this.#answer(answer));
    this.#gone = new Promise((done) => {
      const ended = () => {
        const error = new Error(`The cluster's supervisor ended. ${this.#said}`);
        for (const waiting of this.#waiting.values()) waiting.reject(error);
        this.#waiting.clear();
        done();
      };
      this.#child.once('error', ended);
      this.#child.once('exit', ended);
    });
  }

  static async start(folder: string, cgroups: readonly string[]): Promise<Supervisor> {
    const supervisor = new Supervisor(folder, cgroups);
    await new Promise<void>((done, fail) => {
      supervisor.#child.stdout?.once('data', (line) => {
        supervisor.#pid = Number(String(line));
        done();
      });
      void supervisor.#gone.then(() => fail(new Error(`no supervisor: ${supervisor.#said}`)));
    });
    return supervisor;
  }

  call<Name extends keyof Calls>(
    call: Name,
    input: Parameters<Calls[Name]>[0],
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    this.#calls += 1;
    const message: CallMessage = { id: this.#calls, call, input };
    return new Promise((resolve, reject) => {
      // The supervisor is this program's other half: what it answers is what the call returns.
      const done = (value: unknown) => resolve(value as Awaited<ReturnType<Calls[Name]>>);
      this.#waiting.set(message.id, { resolve: done, reject });
      this.#child.send(message, (error) => {
        if (error === null) return;
        this.#waiting.delete(message.id);
        reject(new Error(`The cluster's supervisor is gone. ${this.#said}`));
      });
    });
  }

  /** Hands over a server that listens here: its connections go to the node's SSH from now on. */
  async relay(node: string, server: Server): Promise<void> {
    const message: RelayMessage = { relay: node };
    await new Promise<void>((done, fail) =>
      this.#child.send(message, server, (error) => (error === null ? done() : fail(error))),
    );
    await new Promise((done) => server.close(done));
  }

  /** A path of the cluster's own mount namespace, as it can be opened here. */
  path(inside: string): string {
    return `/proc/${this.#pid}/root${inside}`;
  }

  /** Resolves when everything is gone. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#gone;
  }

  #answer({ id, value, error }: AnswerMessage): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }
}
