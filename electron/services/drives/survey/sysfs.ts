import { readdir, readFile, realpath } from 'node:fs/promises';

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
