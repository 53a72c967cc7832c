import type { ByteName } from './entry.ts';
import { splitPath } from './folder-chain.ts';
import { isTemporaryName, temporaryPrefix } from './reserved-names.ts';

/** In the folder of the file that it will become. No walk looks at such a name, and the next run of the pair removes it. */
export function temporaryName(iteration: string, number: number): ByteName {
  return `${temporaryPrefix}${iteration}-${number}`;
}

export function isTemporary(path: ByteName): boolean {
  return isTemporaryName(splitPath(path).name);
}
