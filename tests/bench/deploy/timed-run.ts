import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface TimedRun {
  /** From the start of the program to its end. */
  readonly seconds: number;
  /** What it printed. */
  readonly lines: readonly string[];
}

/** Runs a command to its end and takes its time; throws with what it said when it fails. */
export async function timedRun({ argv, env, cwd }: Command, signal: AbortSignal): Promise<TimedRun> {
  signal.throwIfAborted();
  const [program, ...args] = argv;
  const began = performance.now();
  const child = spawn(program, args, {
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that an interrupt ends all of it.
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} did not start.`);
  const kill = () => process.kill(-pid, 'SIGTERM');
  signal.addEventListener('abort', kill);
  try {
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    // Its end, and not that of its output, which a process that it leaves behind may hold.
    const exited = once(child, 'exit').then(([code]: unknown[]) => ({
      code: Number(code),
      at: performance.now(),
    }));
    const [complaints, { code, at }] = await Promise.all([text(child.stderr), exited, once(child, 'close')]);
    signal.throwIfAborted();
    if (code !== 0)
      throw new Error(
        `${argv.join(' ')}: exit ${code}\n${complaints.slice(-2000)}${lines.slice(-20).join('\n')}`,
      );
    return { seconds: (at - began) / 1000, lines };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}
