import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs a program and answers what it printed; throws when it ends with another code than 0. */
export function run(program: string, args: readonly string[], input?: string | Uint8Array): Buffer {
  return execFileSync(program, args, {
    env: {
      ...process.env,
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      MTOOLS_SKIP_CHECK: '1',
    },
    stdio: 'pipe',
    maxBuffer: 256 * 2 ** 20,
    ...(input === undefined ? {} : { input }),
  });
}

/** A folder of the test's own; `remove` takes it away. */
export function scratchFolder(): { path: string; file(name: string): string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sifaka-imaging-'));
  return {
    path,
    file: (name) => join(path, name),
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
