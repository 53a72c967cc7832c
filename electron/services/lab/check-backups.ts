import type { LabFinding } from '../../../shared/contract/lab.ts';
import { Problem } from '../../../shared/problem.ts';
import { backupRecordsFileSchema } from '../../../shared/schemas/backup-record.ts';
import { backupTargetsFileSchema } from '../../../shared/schemas/backup-targets.ts';
import type { ClusterFile } from '../../../shared/schemas/cluster.ts';
import {
  idleInPolicy,
  manifestLimit,
  newestManifestFile,
  parseManifest,
  readPolicy,
  recordsLimit,
} from './backup-files.ts';
import { fileLimit, findClusterFiles } from './cluster-files.ts';
import type { ConfinedFolder } from './confined-folder.ts';
import {
  parseCluster,
  parseFile,
  policyFile,
  recordsFile,
  secretsFolder,
  targetsFile,
} from './known-files.ts';
import { count, finding } from './lab-finding.ts';
import { targetSecrets } from './secret-needs.ts';

/** The files of the backups that a lab has: its policy, the newest manifest, the records, and which targets were set up. */
export async function backupFindings(folder: ConfinedFolder, now: Date): Promise<LabFinding[]> {
  const cluster = await clusterFor(folder);
  const manifest = await manifestOf(folder, now);
  return [
    ...(await policyFindings(folder, cluster, manifest)),
    ...(manifest === undefined ? [] : [await manifestFinding(folder, manifest)]),
    ...(await recordFindings(folder)),
    ...(await targetFindings(folder)),
    ...(cluster === undefined || cluster === 'unreadable' ? [] : await keyFindings(folder, cluster)),
  ];
}

/** Its own finding says what is wrong with it. */
async function clusterFor(folder: ConfinedFolder): Promise<ClusterFile | undefined | 'unreadable'> {
  try {
    const { cluster } = await findClusterFiles(folder);
    if (cluster === undefined) return undefined;
    return parseCluster(cluster, await folder.readBytes(cluster, fileLimit)).value;
  } catch (error) {
    if (error instanceof Problem) return 'unreadable';
    throw error;
  }
}

async function manifestOf(folder: ConfinedFolder, now: Date): Promise<string | undefined> {
  try {
    return await newestManifestFile(folder, now);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

async function policyFindings(
  folder: ConfinedFolder,
  cluster: ClusterFile | undefined | 'unreadable',
  manifest: string | undefined,
): Promise<LabFinding[]> {
  let isThere = true;
  const found = await finding(policyFile, 'backup policy', async () => {
    const policy = (await readPolicy(folder, cluster))?.value;
    isThere = policy !== undefined;
    if (policy === undefined) return '';
    const idle = manifest === undefined ? [] : await idleIn(folder, manifest, policy);
    const rules = count(policy.rules, 'rule');
    return idle.length === 0 ? rules : `${rules}; warning: by ${manifest}, ${idle.join('; ')}`;
  });
  return isThere ? [found] : [];
}

async function idleIn(
  folder: ConfinedFolder,
  manifest: string,
  policy: Parameters<typeof idleInPolicy>[0],
): Promise<string[]> {
  try {
    return idleInPolicy(policy, parseManifest(manifest, await folder.readBytes(manifest, manifestLimit)));
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}

function manifestFinding(folder: ConfinedFolder, file: string): Promise<LabFinding> {
  return finding(file, 'backup manifest', async () => {
    const { at, guests, archives } = parseManifest(file, await folder.readBytes(file, manifestLimit));
    return `${count(guests, 'guest')} and ${count(archives, 'archive')}, as of ${at}`;
  });
}

function recordFindings(folder: ConfinedFolder): Promise<LabFinding[]> {
  return ifThere(folder, recordsFile, 'records of backups', (bytes) =>
    count(parseFile(recordsFile, bytes, backupRecordsFileSchema).value.backups, 'backup'),
  );
}

function targetFindings(folder: ConfinedFolder): Promise<LabFinding[]> {
  return ifThere(folder, targetsFile, 'backup targets that were set up', (bytes) =>
    count(parseFile(targetsFile, bytes, backupTargetsFileSchema).value.targets, 'target'),
  );
}

async function ifThere(
  folder: ConfinedFolder,
  file: string,
  kind: string,
  note: (bytes: Uint8Array) => string,
): Promise<LabFinding[]> {
  let isThere = true;
  const found = await finding(file, kind, async () => {
    isThere = await folder.exists(file);
    return isThere ? note(await folder.readBytes(file, recordsLimit)) : '';
  });
  return isThere ? [found] : [];
}

/** Of targets, whose keys are sealed as a node's secrets are. */
async function keyFindings(folder: ConfinedFolder, cluster: ClusterFile): Promise<LabFinding[]> {
  const sealed = new Set(await folder.listFiles(secretsFolder));
  return [...targetSecrets(cluster)].map(([name, targets]) => {
    const file = `${secretsFolder}/${name}.age`;
    if (sealed.has(`${name}.age`)) return { file, kind: 'sealed secret', ok: true };
    const problem = new Problem('LAB_FILE_MISSING', {
      what: `The secret ${name} is not sealed in this lab; the ${targets.length === 1 ? 'target' : 'targets'} ${targets.join(', ')} ${targets.length === 1 ? 'needs' : 'need'} it.`,
      state: 'Nothing can be copied there.',
      next: `Seal it with \`sifaka secrets seal ${name}\`.`,
      where: { file },
    });
    return { file, kind: 'sealed secret', ok: false, problem: problem.toRecord() };
  });
}
