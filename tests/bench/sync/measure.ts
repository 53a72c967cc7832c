import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './contestants.ts';

export interface Run {
  /** Seconds. */
  readonly wall: number;
  /** Of all its processes, user's and kernel's together, seconds. */
  readonly cpu: number;
  /** The most memory of one of its processes (ru_maxrss), bytes. */
  readonly memory: number;
  /** Seconds until all of the file system is on the disk, the program's own included. */
  readonly durable: number;
}

/**
 * Runs one command to its end, which has to be a success. GNU time (Debian's package `time`) reads the kernel's account of it:
 * `%U` and `%S` are sums over its children, `%M` is the largest of them in KiB.
 */
export async function runTimed(command: Command, folder: string): Promise<Run> {
  const account = join(folder, 'account');
  writeFileSync(account, '');
  const [program, ...words] = command.argv;
  const began = performance.now();
  const child = spawn('time', ['--format=%U %S %M', `--output=${account}`, program, ...words], {
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...command.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const [code] = await once(child, 'close');
  const wall = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`${command.argv.join(' ')} ended with ${String(code)}:\n${said}`);
  execFileSync('sync', ['-f', folder]);
  const durable = (performance.now() - began) / 1000;
  const [user = 0, system = 0, kibibytes = 0] = readFileSync(account, 'utf8').trim().split(' ').map(Number);
  return { wall, cpu: user + system, memory: kibibytes * 1024, durable };
}

/** One after the other, as one: times are sums, and memory is the most of one of them. */
export function sumOf(runs: readonly Run[]): Run {
  const total = (of: (run: Run) => number) => runs.reduce((sum, run) => sum + of(run), 0);
  return {
    wall: total(({ wall }) => wall),
    cpu: total(({ cpu }) => cpu),
    memory: Math.max(...runs.map(({ memory }) => memory)),
    durable: total(({ durable }) => durable),
  };
}

/** What the kernel has of the disk in its memory is let go of: contents, names and attributes (proc(5)). */
export function dropCaches(): void {
  execFileSync('sync');
  writeFileSync('/proc/sys/vm/drop_caches', '3');
}
