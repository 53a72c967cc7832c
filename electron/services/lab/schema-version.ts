import { Problem } from '../../../shared/problem.ts';
import { parseSchemaTag } from '../../../shared/schemas/version.ts';

/** Highest schema version this build knows, of every kind of lab file. */
const knownVersion = 1;

/** LAB_SCHEMA_NEWER: a file of a newer schema is not half-understood, so nothing else about it is checked. */
export function refuseNewer(file: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return;
  const tag = parseSchemaTag(value.schema);
  if (!tag || tag.version <= knownVersion) return;
  throw new Problem('LAB_SCHEMA_NEWER', {
    what: `${file} is written for a newer Sifaka (schema version ${tag.version}; this one knows ${knownVersion}).`,
    state: 'The lab is open for reading only, and this file is not read.',
    next: 'Open the lab with a newer Sifaka.',
    where: { file },
  });
}
