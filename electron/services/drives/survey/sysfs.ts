import type { BigIntStats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** Longest wait for a path that may be on a network share that does not answer. */
export const patienceMilliseconds = 2_000;

/**
 * One attribute without the newline at its end; `undefined` when there is none or the driver does not answer. A drive
 * may go at any moment, and its attributes then fail in many ways (ENOENT, ENODEV, ENXIO, EIO), all of which mean: not known.
 */
export async function attribute(path: string): Promise<string | undefined> {
  const bytes = await attributeBytes(path);
  return bytes?.toString('utf8').replace(/\n$/, '');
}

export function attributeBytes(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(() => undefined);
}

/** The names in a folder, sorted; none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

export function realPlace(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

/** What is at a path, links followed; `undefined` when it cannot be looked at, or not in time. */
export function statsAt(path: string): Promise<BigIntStats | undefined> {
  return Promise.race([
    stat(path, { bigint: true }).catch(() => undefined),
    setTimeout(patienceMilliseconds, undefined, { ref: false }),
  ]);
}
