import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a program to its end; what it said stands in the error when it fails. */
export async function runProgram(program: string, args: readonly string[], input = ''): Promise<void> {
  const running = execute(program, args, {
    env: {
      ...process.env,
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      LC_ALL: 'C',
      MTOOLS_SKIP_CHECK: '1',
    },
    maxBuffer: 64 << 20,
  });
  // One that reads no input may be gone before it is there.
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(input);
  await running;
}
