import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface ToolOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Runs a program of the system to its end and answers its stdout; throws with what it complained of. Never timed. */
export async function runTool(
  program: string,
  args: readonly string[],
  { input, env, signal }: ToolOptions = {},
): Promise<string> {
  const child = spawn(program, args, {
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(signal ? { signal } : {}),
  });
  const [stdin, stdout, stderr] = child.stdio;
  if (!stdout || !stderr) throw new Error(`${program} has no output.`);
  const closed = once(child, 'close') as Promise<[number | null]>;
  stdin?.end(input);
  const [answer, complaints, [code]] = await Promise.all([text(stdout), text(stderr), closed]);
  if (code === 0) return answer;
  throw new Error(`${program} ${args.join(' ')}: exit ${code}\n${complaints.trim() || answer.slice(-2000)}`);
}
