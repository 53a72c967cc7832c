import { Problem } from '../../../shared/problem.ts';
import type { Hook, Inventory } from '../../../shared/schemas/inventory.ts';
import type { ConfinedFolder } from './confined-folder.ts';

/** A file of the lab that a hook copies onto a card. */
export interface HookFile {
  readonly source: string;
  readonly path: readonly PropertyKey[];
}

export function hookFiles({ classes, nodes }: Inventory): HookFile[] {
  return [...hooksIn('classes', classes), ...hooksIn('nodes', nodes)];
}

function hooksIn(section: string, entries: Record<string, { hooks: Hook[] }>): HookFile[] {
  return Object.entries(entries).flatMap(([name, { hooks }]) =>
    hooks.map(({ source }, index) => ({ source, path: [section, name, 'hooks', index, 'source'] })),
  );
}

/** Hooks whose file is not there or may not be used, with the reason as the end of a sentence. */
export async function missingHookFiles(
  folder: ConfinedFolder,
  inventory: Inventory | undefined,
): Promise<(HookFile & { reason: string; problem: Problem })[]> {
  const found = [];
  for (const hook of inventory ? hookFiles(inventory) : []) {
    try {
      await folder.resolve(hook.source);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const reason =
        error.code === 'LAB_FILE_MISSING'
          ? 'names a file that the lab does not have'
          : 'names a file that cannot be used: it must be an ordinary file inside the lab';
      found.push({ ...hook, reason, problem: error });
    }
  }
  return found;
}
