import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { loopControl } from '../loop-numbers.ts';

const run = (name: string, ...args: string[]): string =>
  execFileSync(name, args, {
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();

/**
 * A loop device of the test's own over a file. Needs root.
 *
 * It is detached at once while this process holds it open, which makes the kernel take it away when the last one closes
 * it (LO_FLAGS_AUTOCLEAR): nothing is left of it even when this process is killed.
 */
export class LoopDevice {
  readonly path: string;
  readonly #held: number;

  constructor(file: string) {
    this.path = run('flock', loopControl, 'losetup', '--find', '--show', file);
    try {
      this.#held = openSync(this.path, 'r');
    } finally {
      run('losetup', '--detach', this.path);
    }
  }

  release(): void {
    closeSync(this.#held);
  }
}
