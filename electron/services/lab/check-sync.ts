import type { LabFinding } from '../../../shared/contract/lab.ts';
import { Problem } from '../../../shared/problem.ts';
import type { SyncPairsFile } from '../../../shared/schemas/sync-pairs.ts';
import { fileLimit } from './cluster-files.ts';
import type { ConfinedFolder } from './confined-folder.ts';
import { pairsFile, type ParsedLabFile, parsePairs, secretsFolder } from './known-files.ts';
import { count, finding } from './lab-finding.ts';

/** `undefined` when the lab has none. LAB_FILE_INVALID, LAB_SCHEMA_NEWER. */
export async function readPairs(folder: ConfinedFolder): Promise<ParsedLabFile<SyncPairsFile> | undefined> {
  if (!(await folder.exists(pairsFile))) return undefined;
  return parsePairs(pairsFile, await folder.readBytes(pairsFile, fileLimit));
}

/** The pairs of folders that a lab has, and the secret that their database's address is sealed in. */
export async function syncFindings(folder: ConfinedFolder): Promise<LabFinding[]> {
  if (!(await folder.exists(pairsFile))) return [];
  let pairs: SyncPairsFile | undefined;
  const found = await finding(pairsFile, 'sync pairs', async () => {
    pairs = (await readPairs(folder))?.value;
    return count(pairs?.pairs ?? {}, 'pair');
  });
  const secret = pairs?.databaseSecret;
  return secret === undefined ? [found] : [found, await secretFinding(folder, secret)];
}

async function secretFinding(folder: ConfinedFolder, name: string): Promise<LabFinding> {
  const file = `${secretsFolder}/${name}.age`;
  if ((await folder.listFiles(secretsFolder)).includes(`${name}.age`))
    return { file, kind: 'sealed secret', ok: true };
  const problem = new Problem('LAB_FILE_MISSING', {
    what: `The secret ${name} is not sealed in this lab; ${pairsFile} names it for the database of the sync.`,
    state: 'No pair can be run from this lab.',
    next: `Seal the database's address with \`sifaka secrets seal ${name}\`, as in user:password@tcp(host:3306)/database.`,
    where: { file },
  });
  return { file, kind: 'sealed secret', ok: false, problem: problem.toRecord() };
}
