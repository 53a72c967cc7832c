import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { requireTools, unproven } from '../required-tools.ts';
import { testCache } from '../test-cache.ts';
import { FaultControl } from './fault-control.ts';

const run = promisify(execFile);
const source = join(import.meta.dirname, 'inject.c');

/** Skips the test loudly where nothing can be put below a program. */
export function requireFaultLayer(context: TestContext): void {
  if (process.platform !== 'linux') unproven(context, 'needs Linux');
  requireTools(context, 'tcc');
}

/** Compiles inject.c, once for each text of it. Answers the library's path. */
export async function buildFaultLayer(): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 16);
  const folder = join(testCache(), 'sync-faults');
  const library = join(folder, `inject-${digest}.so`);
  const there = await readFile(library).catch(() => undefined);
  if (there !== undefined) return library;
  await mkdir(folder, { recursive: true });
  const unfinished = `${library}.${randomUUID()}`;
  await run('tcc', ['-shared', '-o', unfinished, source, '-ldl', '-lpthread']);
  await rename(unfinished, library);
  return library;
}

/**
 * What a program runs under: {@link environment} starts it so, {@link arm} may be called at any time, also while it runs.
 * Counts go on over all processes that were started with one environment.
 */
export class FaultLayer extends FaultControl implements Disposable {
  readonly #library: string;
  readonly #roots: readonly string[];

  /** `roots`: absolute, without links on the way. `file` is made, and removed at the end. */
  constructor(library: string, file: string, roots: readonly string[]) {
    super(file);
    this.#library = library;
    this.#roots = roots;
    this.reset();
  }

  /** Of the control file. */
  get path(): string {
    return this.file;
  }

  /** As before the first program: nothing armed, all counts at zero. No program may run under it meanwhile. */
  reset(): void {
    writeFileSync(this.file, Buffer.alloc(FaultControl.size));
  }

  /** `trace`: a file to which each call below the roots is appended, as in `rename /a/b`. */
  environment(trace?: string): Record<string, string> {
    return {
      LD_PRELOAD: this.#library,
      SIFAKA_FAULTS_CONTROL: this.file,
      SIFAKA_FAULTS_ROOTS: this.#roots.join(':'),
      ...(trace === undefined ? {} : { SIFAKA_FAULTS_TRACE: trace }),
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.file, { force: true });
  }
}
