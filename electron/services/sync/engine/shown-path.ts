import type { SyncOperation } from '../../../../shared/schemas/sync-record.ts';
import { escapeName } from './byte-names.ts';
import type { ByteName } from './entry.ts';

/** A path as records, notices and pages have it: escaped, and that of a folder ends with `/`. */
export function shownPath({
  path,
  kind,
}: {
  readonly path: ByteName;
  readonly kind: SyncOperation['kind'];
}): string {
  const shown = escapeName(path.endsWith('/') ? path.slice(0, -1) : path);
  return kind === 'folder' ? `${shown}/` : shown;
}
