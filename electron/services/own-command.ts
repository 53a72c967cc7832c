import { isInstalled } from './window-program.ts';

/**
 * What the command of this program is called where it runs: an installed one is on the path, that of a checkout is started by
 * npx. `resources` is what came with the program (findResources).
 */
export function ownCommand(resources: string | undefined): 'sifaka' | 'npx sifaka' {
  return resources !== undefined && isInstalled(resources) ? 'sifaka' : 'npx sifaka';
}
