import { type DesignRecord, designRecordSchema } from '../../../../shared/schemas/bridge-design.ts';
import { parseDocument } from '../../lab/known-files.ts';
import { fileProblem, type Mistake } from '../../lab/lab-document.ts';
import { mistakeAt, schemaMistakes } from '../../lab/schema-mistakes.ts';

export const recordName = 'design.json';

/** Parses a `design.json`; `paths` are the files of its design. DESIGN_INVALID, LAB_SCHEMA_NEWER. */
export function parseDesignRecord(file: string, bytes: Uint8Array, paths: ReadonlySet<string>): DesignRecord {
  const document = parseDocument(file, bytes);
  const parsed = designRecordSchema.safeParse(document.value);
  if (!parsed.success) throw invalid(file, schemaMistakes(document, parsed.error.issues));
  const unknown = Object.keys(parsed.data.files ?? {}).filter((path) => !paths.has(path));
  if (unknown.length > 0) {
    throw invalid(
      file,
      unknown.map((path) => mistakeAt(document, ['files', path], 'is not a file of this design')),
    );
  }
  return parsed.data;
}

function invalid(file: string, mistakes: readonly Mistake[]) {
  return fileProblem(file, mistakes, { code: 'DESIGN_INVALID', state: 'The design was not read.' });
}
