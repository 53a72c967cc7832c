import { z } from 'zod';
import { type BackupRecord, backupRecordSchema } from '../../../../shared/schemas/backup-record.ts';
import type { NodeFiles } from '../node/node-files.ts';
import { archiveFolder, isPlainName, placeOfRecord, recordFile } from './archive-layout.ts';
import { limits, type TargetPlace } from './target-place.ts';
import { archiveGone, copyFailed, copyMismatch, recordInvalid } from './target-problems.ts';
import type { CopyOptions, NodeArchive } from './target-store.ts';

/**
 * Copies an archive to a target: every file, compared, and then its record. A record that is there already is taken away
 * first where any file is not right, so that there never is one beside something else. Answers the weaker proof of its files.
 */
export async function copyArchive(
  name: string,
  place: TargetPlace,
  { record, files, node }: NodeArchive,
  source: NodeFiles,
  { signal, progress }: CopyOptions,
): Promise<'digest' | 'read-back'> {
  const archive = placeOfRecord(record);
  const folder = archive && archiveFolder(archive);
  const isWhole =
    files.length > 0 && files.every((file) => isPlainName(file.name) && file.name !== recordFile);
  if (folder === undefined || !isWhole || new Set(files.map((file) => file.name)).size !== files.length)
    throw notToCopy(name, record, node);
  let before = 0;
  const proofs = new Set<'digest' | 'read-back'>();
  for (const { name: file, path, sizeBytes, sha256 } of files) {
    const going = { signal, progress: (done: number) => progress(before + done) };
    proofs.add(await place.put(`${folder}/${file}`, { files: source, path, sizeBytes, sha256 }, going));
    before += sizeBytes;
    progress(before);
  }
  await writeRecord(name, place, folder, record, signal);
  return proofs.has('digest') ? 'digest' : 'read-back';
}

/** Writes the record and reads it back: from then on the archive is whole. */
async function writeRecord(
  name: string,
  place: TargetPlace,
  folder: string,
  record: BackupRecord,
  signal: AbortSignal,
): Promise<void> {
  const path = `${folder}/${recordFile}`;
  // What is done with it later is in the lab; beside the archive is what it takes to bring it back.
  const bytes = Buffer.from(`${JSON.stringify({ ...record, checks: [], copies: [] }, null, 2)}\n`);
  await place.write(path, bytes, signal);
  const found = await place.read(path, limits.recordBytes, signal);
  if (found?.equals(bytes) !== true) throw copyMismatch(name, recordFile);
}

const textSchema = z.string().transform((text, context) => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    context.addIssue('is no JSON');
    return z.NEVER;
  }
});

/**
 * The record beside an archive. It comes from where others can write: it is believed only as far as it is a record, of the
 * archive it lies beside, with names that are names. ARCHIVE_GONE, ARCHIVE_CORRUPT.
 */
export async function readRecord(
  name: string,
  place: TargetPlace,
  folder: string,
  signal: AbortSignal,
): Promise<BackupRecord> {
  const bytes = await place.read(`${folder}/${recordFile}`, limits.recordBytes, signal);
  if (bytes === undefined) throw archiveGone(name, folder);
  const record = textSchema.pipe(backupRecordSchema).safeParse(bytes.toString('utf8')).data;
  const archive = record && placeOfRecord(record);
  if (record === undefined || archive === undefined || archiveFolder(archive) !== folder)
    throw recordInvalid(name, folder);
  const names = record.files.map((file) => file.name);
  const areNames = names.every((file) => isPlainName(file) && file !== recordFile);
  if (names.length === 0 || !areNames || new Set(names).size !== names.length)
    throw recordInvalid(name, folder);
  return record;
}

function notToCopy(name: string, { archive = 'an archive' }: BackupRecord, node: string) {
  return copyFailed(
    name,
    {
      why: `${archive} on ${node} has no files, or a name that is no file name everywhere`,
      next: 'Make a new backup of the guest.',
    },
    'Nothing was copied.',
  );
}
