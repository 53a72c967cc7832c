import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

const losetup = (...args: string[]): string =>
  execFileSync('losetup', args, {
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
    this.path = losetup('--find', '--show', file);
    try {
      this.#held = openSync(this.path, 'r');
    } finally {
      losetup('--detach', this.path);
    }
  }

  release(): void {
    closeSync(this.#held);
  }
}
