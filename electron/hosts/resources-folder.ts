import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * What came with the program: the nearest `resources` above this file that has the demo lab, from the sources as from
 * out/main of the built or packed app.
 */
export function findResources(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const resources = join(folder, 'resources');
    if (existsSync(join(resources, 'demo-lab'))) return resources;
    if (dirname(folder) === folder) return undefined;
  }
}
