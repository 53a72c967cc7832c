import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../../electron/services/clock.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import {
  createSecretStore,
  type SecretStoreOptions,
} from '../../../electron/services/secrets/create-secret-store.ts';
import type { SecretStore } from '../../../electron/services/secrets/secret-store.ts';
import { asProblem, type Problem, type ProblemCode } from '../../../shared/problem.ts';

/** scrypt's cost is 2^10 in tests: what is tested is not its slowness. */
export const quickWorkFactor = 10;

export interface Place {
  readonly root: string;
  readonly lab: LabFolder;
  readonly identityFile: string;
  /** Another process of the same operator: nothing it knows but what is on disk. */
  store(options?: Partial<SecretStoreOptions>): SecretStore;
  labFile(path: string): string;
}

export async function withPlace(run: (place: Place) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'sifaka-secrets-'));
  try {
    const labRoot = join(root, 'lab');
    await mkdir(join(labRoot, 'metis'), { recursive: true });
    await writeFile(
      join(labRoot, 'metis', 'inventory.yaml'),
      'schema: sifaka.inventory/1\nimages: {}\nclasses: {}\nnodes: {}\n',
    );
    const lab = await openLabFolder({ root: labRoot, clock: systemClock });
    const folders = { config: join(root, 'config'), data: join(root, 'data') };
    await run({
      root,
      lab,
      identityFile: join(folders.config, 'identity.txt'),
      store: (options) => createSecretStore({ lab, folders, workFactor: quickWorkFactor, ...options }),
      labFile: (path) => join(labRoot, path),
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

export async function writeLabFile(place: Place, path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(place.labFile(path), '..'), { recursive: true });
  await writeFile(place.labFile(path), content);
}

/** Writes an identity file as an operator would have it: readable by nobody else. */
export async function writeIdentity(file: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await rm(file, { force: true });
  await writeFile(file, content, { mode });
}

/** The attempt fails with this code, in plain words that hold none of the given secrets, also not in what a log would show. */
export async function expectProblem(
  attempt: Promise<unknown>,
  code: ProblemCode,
  ...secrets: string[]
): Promise<Problem> {
  const outcome = await attempt.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  const problem = asProblem(outcome);
  if (!problem) throw new Error('expected a problem', { cause: outcome });
  expect(problem.code).toBe(code);
  expect(problem.cause).toBeUndefined();
  const everything = `${JSON.stringify(problem.toRecord())} ${problem.stack ?? ''}`;
  for (const secret of secrets) expect(everything).not.toContain(secret);
  expect(everything).not.toMatch(/AGE-SECRET-KEY-1[A-Z0-9]{3}/);
  for (const words of [problem.data.what, problem.data.state, problem.data.next])
    expect(words).toMatch(/^[^\p{Cc}]+$/u);
  return problem;
}

export function bytes(string: string): Uint8Array {
  return new TextEncoder().encode(string);
}

export function text(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}
