import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { BackupTarget } from '../../../../shared/schemas/backup-policy.ts';
import {
  type BackupTargetsFile,
  backupTargetsFileSchema,
} from '../../../../shared/schemas/backup-targets.ts';
import { parseFile, targetsFile } from '../../lab/known-files.ts';
import type { LabFolder, LabReader, NewChangelogEntry } from '../../lab/lab-folder.ts';
import { targetUnknown } from './target-problems.ts';

const largest = 1024 * 1024;

/** The targets of the cluster file by their names, in its order. LAB_FILE_INVALID when two clusters have one name. */
export async function definedTargets(lab: LabFolder): Promise<ReadonlyMap<string, BackupTarget>> {
  const cluster = await lab.cluster();
  const found = new Map<string, BackupTarget>();
  for (const { backups } of Object.values(cluster?.value.clusters ?? {})) {
    for (const [name, target] of Object.entries(backups?.targets ?? {})) {
      if (found.has(name)) throw twice(cluster?.file ?? 'cluster', name);
      found.set(name, target);
    }
  }
  return found;
}

/** TARGET_UNKNOWN. */
export async function definedTarget(lab: LabFolder, name: string): Promise<BackupTarget> {
  const target = (await definedTargets(lab)).get(name);
  if (target === undefined) throw targetUnknown(name);
  return target;
}

/** What was set up so far; `undefined` before the first target was. LAB_FILE_INVALID. */
export async function targetsSetUp(
  lab: Pick<LabReader, 'readBytes'>,
): Promise<BackupTargetsFile | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await lab.readBytes(targetsFile, largest);
  } catch (error) {
    if (asProblem(error)?.code === 'LAB_FILE_MISSING') return undefined;
    throw error;
  }
  return parseFile(targetsFile, bytes, backupTargetsFileSchema).value;
}

/** Changes the file under the lab's lock; `change` sees it as it is then, and changes nothing by answering the same. */
export async function changeTargets(
  lab: LabFolder,
  change: (now: BackupTargetsFile | undefined) => BackupTargetsFile,
  record: NewChangelogEntry,
): Promise<BackupTargetsFile> {
  let result: BackupTargetsFile | undefined;
  await lab.changeFile(async (reader) => {
    const now = await targetsSetUp(reader);
    result = change(now);
    if (result === now) return undefined;
    return { file: targetsFile, bytes: Buffer.from(`${JSON.stringify(result, null, 2)}\n`), record };
  });
  if (result === undefined) throw new Error('nothing was decided on');
  return result;
}

function twice(file: string, name: string): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `${file} has the backup target ${name} in two clusters.`,
    state: 'No target was asked.',
    next: 'Give each target a name of its own.',
    where: { file },
  });
}
