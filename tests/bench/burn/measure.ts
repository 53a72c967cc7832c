import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { LoopDevice } from './loop-device.ts';
import { treeMemory } from './process-tree.ts';
import { runTool } from './run-tool.ts';

export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where of its own output its actual burn begins and ends; the whole command unless told. */
  readonly job?: { readonly begins: (line: string) => boolean; readonly ends: (line: string) => boolean };
}

/** Seconds and bytes. */
export interface Measured {
  readonly wall: number;
  /** The burn alone: without the start of the program, and without planning where it has that. */
  readonly job: number;
  /** User and system time of the process and every descendant that was waited for. */
  readonly cpu: number;
  readonly peakMemory: number;
  readonly written: number;
  readonly read: number;
  readonly lines: readonly string[];
}

const sampleMilliseconds = 50;

/** bash's own `time` asks the kernel for the usage of all children; the contestant's stdout and stderr stay its own. */
const wrapper = `
[ -z "$CGROUP" ] || echo $$ > "$CGROUP/cgroup.procs"
exec 4>&2
TIMEFORMAT='%3R %3U %3S'
{ time "$@" 2>&4 3>&- 4>&-; } 2>&3`;

export async function measure(
  { argv, env, job }: Command,
  { device, cgroup, signal }: { device: LoopDevice; cgroup: string | undefined; signal: AbortSignal },
): Promise<Measured> {
  signal.throwIfAborted();
  const before = device.traffic();
  const child = spawn('bash', ['-c', wrapper, 'bash', ...argv], {
    env: { ...process.env, ...env, CGROUP: cgroup ?? '' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A process group of its own, so that an interrupt ends all of it.
    detached: true,
  });
  const { pid } = child;
  const [, stdout, stderr, figures] = child.stdio;
  if (pid === undefined || !stdout || !stderr || !(figures instanceof Readable))
    throw new Error(`${argv.join(' ')} did not start.`);
  const kill = () => process.kill(-pid, 'SIGTERM');
  signal.addEventListener('abort', kill);
  const lines: { at: number; text: string }[] = [];
  createInterface({ input: stdout }).on('line', (line) => lines.push({ at: performance.now(), text: line }));
  let peakMemory = 0;
  const sampler = setInterval(() => {
    peakMemory = Math.max(peakMemory, treeMemory(pid));
  }, sampleMilliseconds);
  try {
    const [complaints, times, [code]] = await Promise.all([
      text(stderr),
      text(figures),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    signal.throwIfAborted();
    if (code !== 0) {
      const said = lines.slice(-5).map((line) => line.text);
      throw new Error(`${argv.join(' ')}: exit ${code}\n${[complaints.slice(-2000), ...said].join('\n')}`);
    }
    // What is still in the cache counts as written by whoever put it there.
    await runTool('blockdev', ['--flushbufs', device.path]);
    const after = device.traffic();
    const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = times.trim().split(' ').map(Number);
    return {
      wall,
      job: job ? secondsBetween(lines, job) : wall,
      cpu: user + system,
      peakMemory,
      written: after.written - before.written,
      read: after.read - before.read,
      lines: lines.map((line) => line.text),
    };
  } finally {
    clearInterval(sampler);
    signal.removeEventListener('abort', kill);
  }
}

function secondsBetween(
  lines: readonly { at: number; text: string }[],
  job: NonNullable<Command['job']>,
): number {
  const begin = lines.find((line) => job.begins(line.text));
  const end = lines.findLast((line) => job.ends(line.text));
  if (!begin || !end) throw new Error('A contestant did not say when it began and ended.');
  return (end.at - begin.at) / 1000;
}
