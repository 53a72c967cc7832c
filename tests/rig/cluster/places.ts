import { join } from 'node:path';

/** All that belongs to a cluster lies here, in the supervisor's own /run, which nobody else sees. */
const clusterFolder = '/run/sifaka-rig';

/** What nodes have in common; no node has this name. */
export const sharedFolder = join(clusterFolder, '.shared');

/** Where each node's parts are, as the supervisor sees them. */
export const nodePlaces = (node: string) => {
  const folder = join(clusterFolder, node);
  const disk = join(folder, 'disk');
  return {
    disk,
    upper: join(disk, 'upper'),
    work: join(disk, 'work'),
    ballast: join(disk, 'ballast'),
    root: join(folder, 'root'),
  };
};
