import { basename } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import type { ConfinedFolder } from './confined-folder.ts';
import { MistakesInFile } from './lab-document.ts';
import { parseJsonDocument } from './json-document.ts';

/** Where labs keep their cluster file, in the order they are looked at. */
const clusterFolders = ['cluster', 'cluster/cluster-context', 'cluster-context'] as const;

export const fileLimit = 4 * 1024 * 1024;
const changelogEnd = '-changelog.json';

export interface ClusterFiles {
  /** `cluster/madagascar.json`; a lab may have none. */
  readonly cluster: string | undefined;
  /** `cluster/madagascar-changelog.json`; it may not exist yet. */
  readonly changelog: string;
  readonly changelogExists: boolean;
  /** Cluster and changelog files in places that come later: they are not used. */
  readonly ignored: readonly string[];
}

/**
 * Finds the cluster file and its changelog. The cluster file is the one `*.json` that is no changelog and has
 * `clusters` at its top, in the first folder that has one. (A folder's only `*.json` that is not JSON at all counts
 * too: a typing mistake must not hide the file.) Two in one folder are LAB_FILE_INVALID.
 *
 * The changelog is `<name>-changelog.json`: beside the cluster file if it is there, else in the first folder that has
 * it; a new one is made beside the cluster file. A lab without a cluster file uses the first `*-changelog.json`, and
 * else makes `cluster/<name of the lab's folder>-changelog.json`.
 */
export async function findClusterFiles(folder: ConfinedFolder): Promise<ClusterFiles> {
  const clusters: string[] = [];
  const changelogs: string[] = [];
  for (const place of clusterFolders) {
    const names = (await folder.listFiles(place)).filter((name) => name.endsWith('.json'));
    changelogs.push(...names.filter((name) => name.endsWith(changelogEnd)).map((name) => `${place}/${name}`));
    clusters.push(
      ...(await clusterFilesIn(
        folder,
        place,
        names.filter((name) => !name.endsWith(changelogEnd)),
      )),
    );
  }
  const cluster = clusters[0];
  if (cluster === undefined) {
    const found = changelogs[0];
    const changelog = found ?? `cluster/${safeName(basename(folder.root))}${changelogEnd}`;
    return { cluster, changelog, changelogExists: found !== undefined, ignored: changelogs.slice(1) };
  }
  const beside = cluster.replace(/\.json$/, changelogEnd);
  const sameName = changelogs.filter((file) => basename(file) === basename(beside));
  const found = sameName.includes(beside) ? beside : sameName[0];
  return {
    cluster,
    changelog: found ?? beside,
    changelogExists: found !== undefined,
    ignored: [...clusters.slice(1), ...changelogs.filter((file) => file !== found)],
  };
}

async function clusterFilesIn(
  folder: ConfinedFolder,
  place: string,
  names: readonly string[],
): Promise<string[]> {
  const kinds = await Promise.all(
    names.map(async (name) => ({ file: `${place}/${name}`, kind: await kindOf(folder, `${place}/${name}`) })),
  );
  const files = kinds.filter(({ kind }) => kind === 'cluster').map(({ file }) => file);
  if (files.length > 1) {
    throw new Problem('LAB_FILE_INVALID', {
      what: `There are ${files.length} cluster files in ${place}: ${files.join(', ')}.`,
      state: 'None of them is used.',
      next: 'Keep one there, and move the others out of that folder.',
      where: { file: place },
    });
  }
  if (files.length === 1) return files;
  return kinds.length === 1 && kinds[0]?.kind === 'unreadable' ? [kinds[0].file] : [];
}

async function kindOf(folder: ConfinedFolder, file: string): Promise<'cluster' | 'other' | 'unreadable'> {
  try {
    const { value } = parseJsonDocument(await folder.readBytes(file, fileLimit));
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'clusters')
      ? 'cluster'
      : 'other';
  } catch (error) {
    if (error instanceof MistakesInFile || error instanceof Problem) return 'unreadable';
    throw error;
  }
}

/** A folder's name as a plain file name. */
function safeName(name: string): string {
  const safe = name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 48);
  return safe === '' ? 'lab' : safe;
}
