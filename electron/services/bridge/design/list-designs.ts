import { designNameSchema, type DesignSummary } from '../../../../shared/schemas/bridge.ts';
import { Problem } from '../../../../shared/problem.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import { deployFolder } from './design-path.ts';
import { readDesign } from './read-design.ts';

/** Every design of the lab, the newest first. One that cannot be read is in the list, with the reason. */
export async function listDesigns(lab: LabFolder): Promise<DesignSummary[]> {
  const names = await designNames(lab);
  return Promise.all(names.toReversed().map((name) => summaryOf(lab, name)));
}

/** `attempt1`, `attempt2` … in the order of their numbers. */
export async function designNames(lab: LabFolder): Promise<string[]> {
  const folders = await lab.listFolders(deployFolder);
  return folders
    .filter((name) => designNameSchema.safeParse(name).success)
    .toSorted((a, b) => attemptNumber(a) - attemptNumber(b));
}

export function attemptNumber(name: string): number {
  return Number(name.slice('attempt'.length));
}

async function summaryOf(lab: LabFolder, name: string): Promise<DesignSummary> {
  try {
    const { digest, nodes } = await readDesign(lab, name);
    return { name, digest, nodes: Object.keys(nodes), files: Object.values(nodes).flat().length };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { name, nodes: [], files: 0, problem: error.toRecord() };
  }
}
