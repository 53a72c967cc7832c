import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { ProgramEnd } from './calls.ts';

/** Nothing of the owner's own environment reaches a node. */
export const plainEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
};

/** Runs a program to its end, which is when nothing holds its output open any more. */
export function runHere(argv: readonly string[], input?: Uint8Array): Promise<ProgramEnd> {
  const [program = '', ...args] = argv;
  return new Promise((done, fail) => {
    const child = spawn(program, args, { env: plainEnvironment, cwd: '/', stdio: 'pipe' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', fail);
    // One that reads no input may be gone before it is there.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.on('close', (code, signal) => {
      const ended = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      done({ code: ended, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
    });
  });
}

/** The same where only success counts; answers what it printed. */
export async function succeed(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${code}, ${Buffer.from(stderr).toString().trim()}`);
  return Buffer.from(stdout).toString();
}
