import { statSync } from 'node:fs';
import { nativePath } from './byte-names.ts';
import type { OpenRoots } from './open-roots.ts';
import type { Trouble } from './survey/findings.ts';

/**
 * Whether what was not entered is this run's own log folder, on either side. Through another mount it has another device but
 * the same inode; that this is another folder's by chance costs a notice and nothing else.
 */
export function isLogFolder({ kind, path }: Trouble, roots: OpenRoots, logDir: string | undefined): boolean {
  if (kind !== 'excluded' || logDir === undefined) return false;
  const own = inodeOf(logDir);
  return [roots.source, roots.destination].some(
    ({ bytes }) => own !== undefined && inodeOf(nativePath(`${bytes}/${path}`)) === own,
  );
}

function inodeOf(path: string | Buffer): bigint | undefined {
  try {
    return statSync(path, { bigint: true }).ino;
  } catch {
    return undefined;
  }
}
