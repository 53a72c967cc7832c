import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';

/**
 * Whether an archive has as many bytes as were made. In an export's folder its record lies too, which was written later; less
 * than was made is a part of it.
 */
export function hasMadeSize(
  { method, sizeBytes }: Pick<Archive, 'method' | 'sizeBytes'>,
  { sizeBytes: made }: Pick<BackupRecord, 'sizeBytes'>,
): boolean {
  if (made === undefined) return true;
  return method === 'export' ? sizeBytes >= made : sizeBytes === made;
}
