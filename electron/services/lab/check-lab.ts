import type { LabFinding } from '../../../shared/contract/lab.ts';
import { Problem } from '../../../shared/problem.ts';
import type { Inventory } from '../../../shared/schemas/inventory.ts';
import { logbookInvalid } from './changelog-file.ts';
import { idsInMarkdown } from './changelog-markdown.ts';
import { backupFindings } from './check-backups.ts';
import { type ClusterFiles, fileLimit, findClusterFiles } from './cluster-files.ts';
import type { ConfinedFolder } from './confined-folder.ts';
import { hookFiles, missingHookFiles } from './inventory-files.ts';
import { readHostKeys } from './host-keys-file.ts';
import { hostKeysFile, inventoryFile, parseCluster, parseInventory, secretsFolder } from './known-files.ts';
import { count, finding } from './lab-finding.ts';
import { markdownChangelogFile, missingLines, readChangelog, readMarkdown } from './logbook.ts';
import { secretNeeds } from './secret-needs.ts';
import { syncFindings } from './check-sync.ts';

/** Every file the lab has or should have, in the order an operator would look: what it is, and right or wrong. */
export async function checkLab(folder: ConfinedFolder, now: Date): Promise<LabFinding[]> {
  let inventory: Inventory | undefined;
  const inventoryFinding = await finding(inventoryFile, 'Metis inventory', async () => {
    inventory = parseInventory(inventoryFile, await folder.readBytes(inventoryFile, fileLimit)).value;
    const { images, classes, nodes } = inventory;
    return [count(nodes, 'node'), count(classes, 'class', 'classes'), count(images, 'golden image')].join(
      ', ',
    );
  });
  return [
    inventoryFinding,
    ...(await clusterFindings(folder)),
    ...(await hostKeyFindings(folder)),
    ...(await backupFindings(folder, now)),
    ...(await syncFindings(folder)),
    await finding(markdownChangelogFile, 'readable changelog', () => markdownNote(folder)),
    ...(inventory ? await hookFindings(folder, inventory) : []),
    ...(inventory ? await secretFindings(folder, inventory) : []),
  ];
}

async function clusterFindings(folder: ConfinedFolder): Promise<LabFinding[]> {
  let files: ClusterFiles;
  try {
    files = await findClusterFiles(folder);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [
      {
        file: error.data.where?.file ?? 'cluster',
        kind: 'cluster file',
        ok: false,
        problem: error.toRecord(),
      },
    ];
  }
  const { cluster, changelog, ignored } = files;
  const findings: LabFinding[] = [];
  if (cluster === undefined) {
    findings.push({
      file: 'cluster',
      kind: 'cluster file',
      ok: true,
      note: 'there is none yet; the bridge, backups and fleet will need one',
    });
  } else {
    findings.push(
      await finding(cluster, 'cluster file', async () => {
        const { clusters } = parseCluster(cluster, await folder.readBytes(cluster, fileLimit)).value;
        const nodes = Object.values(clusters).reduce(
          (sum, { nodes: found }) => sum + Object.keys(found).length,
          0,
        );
        return `${Object.keys(clusters).join(', ')}, ${nodes === 1 ? '1 node' : `${nodes} nodes`}`;
      }),
    );
  }
  findings.push(await finding(changelog, 'cluster changelog', () => changelogNote(folder, changelog)));
  for (const file of ignored) {
    const used = file.endsWith('-changelog.json') ? changelog : cluster;
    findings.push({
      file,
      kind: 'second cluster file or changelog',
      ok: true,
      note: `warning: it is not used, since ${used ?? 'another'} comes first; merge what it has and remove it`,
    });
  }
  return findings;
}

async function changelogNote(folder: ConfinedFolder, file: string): Promise<string> {
  const { changelog, exists } = await readChangelog(folder);
  if (!exists) return 'it does not exist yet; the first change makes it';
  if (changelog.mistakes.length > 0) {
    throw logbookInvalid(
      file,
      changelog.mistakes,
      'New entries are still added; the logbook leaves these out.',
    );
  }
  return changelog.entries.length === 1 ? '1 entry' : `${changelog.entries.length} entries`;
}

async function hostKeyFindings(folder: ConfinedFolder): Promise<LabFinding[]> {
  if (!(await folder.exists(hostKeysFile))) return [];
  const read = async () => count((await readHostKeys(folder))?.value.hosts ?? {}, 'trusted host');
  return [await finding(hostKeysFile, 'host keys', read)];
}

async function markdownNote(folder: ConfinedFolder): Promise<string> {
  const text = await readMarkdown(folder);
  if (text === undefined) return 'it does not exist yet; the first change makes it';
  const written = idsInMarkdown(text);
  const lines = `${written.size} of the logbook's entries`;
  try {
    const missing =
      written.size === 0 ? 0 : missingLines((await readChangelog(folder)).changelog, written).length;
    return missing === 0 ? lines : `${lines}; ${missing} that it lacks are added with the next change`;
  } catch (error) {
    // The changelog's own finding says what is wrong with it.
    if (error instanceof Problem) return lines;
    throw error;
  }
}

async function hookFindings(folder: ConfinedFolder, inventory: Inventory): Promise<LabFinding[]> {
  const missing = new Map(
    (await missingHookFiles(folder, inventory)).map(({ source, problem }) => [source, problem]),
  );
  const sources = [...new Set(hookFiles(inventory).map(({ source }) => source))];
  return sources.map((source) => {
    const problem = missing.get(source);
    if (!problem) return { file: source, kind: 'hook', ok: true };
    return { file: source, kind: 'hook', ok: false, problem: problem.toRecord() };
  });
}

async function secretFindings(folder: ConfinedFolder, inventory: Inventory): Promise<LabFinding[]> {
  const sealed = new Set(await folder.listFiles(secretsFolder));
  return [...secretNeeds(inventory)].map(([name, nodes]) => {
    const file = `${secretsFolder}/${name}.age`;
    if (sealed.has(`${name}.age`)) return { file, kind: 'sealed secret', ok: true };
    const problem = new Problem('LAB_FILE_MISSING', {
      what: `The secret ${name} is not sealed in this lab; ${nodes.join(', ')} ${nodes.length === 1 ? 'needs' : 'need'} it.`,
      state: 'No card can be made for them.',
      next: `Seal it with \`sifaka secrets seal ${name}\`.`,
      where: { file },
    });
    return { file, kind: 'sealed secret', ok: false, problem: problem.toRecord() };
  });
}
