import { readlinkSync } from 'node:fs';
import { nativePath } from './byte-names.ts';
import type { ByteName } from './entry.ts';

/** What a link points to, as bytes; `path` is absolute. Throws what the system says. */
export function targetOf(path: ByteName): ByteName {
  return readlinkSync(nativePath(path), { encoding: 'latin1' });
}

/** Hexadecimal: what the agreed state keeps of a target. */
export function md5OfTarget(target: ByteName): string {
  // Not imported: a thread that meets no link does not load it.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('md5').update(target, 'latin1').digest('hex');
}
