import { createHash } from 'node:crypto';
import { appendFile, cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newAttempt } from '../../../electron/services/bridge/design/new-attempt.ts';
import { loadTemplates } from '../../../electron/services/bridge/design/templates.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import type { Cluster } from '../../rig/cluster/start-cluster.ts';

/** Two designs of a lab that differ in every file; whoever is to deploy one finds the other on the nodes. */
export const designNames = ['attempt1', 'attempt2'] as const;
export type DesignName = (typeof designNames)[number];

export interface DesignedFile {
  /** In the design's folder: `common/etc/…`, `baobab/etc/…`. */
  readonly source: string;
  /** On the node. */
  readonly path: string;
  readonly mode: '0644' | '0755';
  readonly sha256: string;
  readonly size: number;
}

/** What a design puts on each of its nodes. */
export type DesignedFiles = ReadonlyMap<string, readonly DesignedFile[]>;

/** What reloading changes in the kernel, and nothing looks at: the bridge's other name. */
const aliasOf = (design: DesignName) => `bridge of ${design}`;

const repository = join(import.meta.dirname, '../../..');

/** Both as `sifaka bridge new-attempt` renders them, but for a line more at the end of each file. */
export async function makeTwoDesigns(cluster: Cluster): Promise<void> {
  const lab = await openLabFolder({ root: cluster.lab, clock: systemClock });
  const [first, second] = designNames;
  await newAttempt(lab, await loadTemplates(join(repository, 'resources')), {});
  await cp(designFolder(cluster, first), designFolder(cluster, second), { recursive: true });
  for (const design of designNames) {
    const folder = designFolder(cluster, design);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === 'design.json') continue;
      const line = entry.name === '10-thunderbolt' ? `    alias ${aliasOf(design)}` : `# ${design}`;
      await appendFile(join(entry.parentPath, entry.name), `${line}\n`);
    }
  }
}

export function designFolder({ lab }: Pick<Cluster, 'lab'>, design: DesignName): string {
  return join(lab, 'deploy', design);
}

export async function filesOfDesign(cluster: Cluster, design: DesignName): Promise<DesignedFiles> {
  const folder = designFolder(cluster, design);
  const common = await filesBelow(folder, 'common');
  const entries = cluster.nodes.map(
    async ({ name }) => [name, [...common, ...(await filesBelow(folder, name))]] as const,
  );
  return new Map(await Promise.all(entries));
}

async function filesBelow(folder: string, part: string): Promise<DesignedFile[]> {
  const entries = await readdir(join(folder, part), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      const content = await readFile(file);
      return {
        source: file.slice(folder.length + 1),
        path: file.slice(join(folder, part).length),
        mode: content.toString('latin1', 0, 2) === '#!' ? '0755' : '0644',
        sha256: createHash('sha256').update(content).digest('hex'),
        size: content.length,
      } as const;
    }),
  );
}

/** Throws unless every node has the files of a design, with owner and mode, and the kernel the bridge of it. */
export async function checkNodesHave(
  cluster: Cluster,
  design: DesignName,
  designed: DesignedFiles,
): Promise<void> {
  await Promise.all(
    cluster.nodes.map(async (node) => {
      for (const { path, mode, sha256 } of designed.get(node.name) ?? []) {
        const { uid, gid, mode: found } = node.stat(path);
        const digest = createHash('sha256').update(node.readFile(path)).digest('hex');
        if (digest !== sha256) throw new Error(`${node.name}: ${path} is not that of ${design}`);
        const rights = `${uid}:${gid} ${(found & 0o7777).toString(8).padStart(4, '0')}`;
        if (rights !== `0:0 ${mode}`) throw new Error(`${node.name}: ${path} is ${rights}`);
      }
      const alias = (await node.ok('cat', '/sys/class/net/thunderbridge/ifalias')).trim();
      if (alias !== aliasOf(design))
        throw new Error(`${node.name} was not reloaded: its bridge is the ${alias}`);
    }),
  );
}
