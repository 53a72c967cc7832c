import { Problem } from '../../../shared/problem.ts';
import type { GoldenImage } from '../../../shared/schemas/inventory.ts';
import type { CardImage, Partition, PathInfo } from '../../imaging/card-image.ts';
import type { ChosenNode } from './choose-node.ts';
import { accountPaths, isPlainPath } from './render/account-files.ts';
import type { ImageEntry } from './render/desired-entry.ts';
import type { PlacedEntry } from './render/render-card.ts';
import { keyRegeneration } from './render/ssh-host-keys.ts';
import { usersOf } from './render/users.ts';
import { cloudNetplanPath } from './render/network-netplan.ts';

/** No account or configuration file of a golden image is larger; more is refused, not half read. */
const contentLimit = 4 << 20;

/** Files whose bytes rendering needs. */
const contentPaths = [...Object.values(accountPaths), keyRegeneration.armbianDefaults, '/etc/machine-id'];

/** Paths of which only what they are matters. */
export const observedPaths = {
  cloudInit: '/etc/cloud',
  resolvConf: '/etc/resolv.conf',
  machineId: '/etc/machine-id',
  hostKeys: ['ed25519', 'ecdsa', 'rsa'].map((type) => `/etc/ssh/ssh_host_${type}_key`),
} as const;

/**
 * The partitions that the inventory names: an ext4 root and, when there is one, a FAT boot partition.
 * IMAGE_LAYOUT_UNSUPPORTED.
 */
export function requirePartitions(
  imageName: string,
  image: GoldenImage,
  partitions: readonly Partition[],
): void {
  requirePartition(imageName, partitions, image.rootPartition, 'rootPartition', 'ext4');
  if (image.bootPartition !== undefined) {
    requirePartition(imageName, partitions, image.bootPartition, 'bootPartition', 'fat');
  }
}

function requirePartition(
  imageName: string,
  partitions: readonly Partition[],
  number: number,
  key: string,
  fileSystem: Partition['fileSystem'],
): void {
  const found = partitions.find((partition) => partition.number === number);
  if (found?.fileSystem === fileSystem) return;
  const has = partitions.map((partition) => `${partition.number} (${partition.fileSystem})`).join(', ');
  throw new Problem('IMAGE_LAYOUT_UNSUPPORTED', {
    what: found
      ? `Partition ${number} of the golden image ${imageName}, its ${key}, holds no ${fileSystem} file system.`
      : `The golden image ${imageName} has no partition ${number}, which the inventory names as its ${key}.`,
    state: 'Nothing was written.',
    next: `Correct ${key} of the image ${imageName} in metis/inventory.yaml. It has the partitions ${has || 'none'}.`,
    where: { file: 'metis/inventory.yaml' },
  });
}

/** Looks at all that rendering and the review need to know of the image's root file system. */
export async function readImageEntries(
  card: CardImage,
  chosen: ChosenNode,
): Promise<Map<string, ImageEntry>> {
  const root = chosen.image.rootPartition;
  const entries = new Map<string, ImageEntry>();
  const look = async (path: string, withContent: boolean): Promise<void> => {
    const info = await card.stat(root, path);
    if (info === undefined) return;
    const content =
      withContent && info.kind === 'file' ? await card.readFile(root, path, contentLimit) : undefined;
    entries.set(path, content === undefined ? { info } : { info, content });
  };
  for (const path of contentPaths) await look(path, true);
  const watched = [
    observedPaths.cloudInit,
    observedPaths.resolvConf,
    cloudNetplanPath,
    ...observedPaths.hostKeys,
    ...keyRegeneration.unitPaths,
    ...chosen.node.longhornDisks.map((disk) => disk.mountPath),
    ...homesOf(chosen, entries),
  ];
  for (const path of watched) await look(path, false);
  return entries;
}

/** Where the image's passwd, or adduser's custom, puts the homes of our users. */
function homesOf(chosen: ChosenNode, entries: ReadonlyMap<string, ImageEntry>): string[] {
  const passwd = entries.get(accountPaths.passwd)?.content;
  const rows = Buffer.from(passwd ?? [])
    .toString('latin1')
    .split('\n')
    .map((line) => line.split(':'));
  return usersOf(chosen).flatMap(({ name }) => {
    const home = rows.find((row) => row[0] === name)?.[5] ?? `/home/${name}`;
    return isPlainPath(home) ? [home] : [];
  });
}

/** K3S_BINARY_MISSING when the node needs k3s and the golden image has no program at the class's path. */
export async function requireK3sBinary(card: CardImage, chosen: ChosenNode): Promise<void> {
  if (chosen.node.k3s === undefined) return;
  const path = chosen.nodeClass.k3sBinary;
  const info = await card.stat(chosen.image.rootPartition, path);
  if (info?.kind === 'file' && info.size > 0 && (info.mode & 0o111) !== 0) return;
  const found =
    info === undefined
      ? 'has nothing there'
      : info.kind === 'file'
        ? `has a file there that ${info.size === 0 ? 'is empty' : 'is not executable'}`
        : `has a ${info.kind === 'other' ? 'special file' : info.kind} there`;
  throw new Problem('K3S_BINARY_MISSING', {
    what: `${chosen.name} runs k3s from ${path}, and the golden image ${chosen.imageName} ${found}.`,
    state: 'Nothing was written.',
    next: `Use a golden image with k3s in it, or set /classes/${chosen.node.class}/k3sBinary to where it is.`,
  });
}

/** What the golden image has at each place that the card will change; INJECTION_CONFLICT where the two cannot be one. */
export async function readReplaced(
  card: CardImage,
  image: GoldenImage,
  placed: readonly PlacedEntry[],
): Promise<boolean[]> {
  const seen = new Map<string, PathInfo | undefined>();
  const stat = async (partition: PlacedEntry['partition'], path: string): Promise<PathInfo | undefined> => {
    const key = `${partition}:${path}`;
    if (!seen.has(key)) seen.set(key, await card.stat(partitionNumber(image, partition), path));
    return seen.get(key);
  };
  const replaces: boolean[] = [];
  for (const { partition, path, entry } of placed) {
    for (const parent of parentFolders(path)) {
      const kind = (await stat(partition, parent))?.kind;
      if (kind !== undefined && kind !== 'directory') throw notAFolder(entry.path, parent, kind);
    }
    const found = await stat(partition, path);
    const folders = [found?.kind === 'directory', entry.kind === 'directory'];
    if (found !== undefined && folders[0] !== folders[1]) {
      throw new Problem('INJECTION_CONFLICT', {
        what: `The golden image has a ${found.kind} at ${entry.path}, where the card gets a ${entry.kind}.`,
        state: 'Nothing was written.',
        next: 'Change the golden image, or the target of the hook.',
      });
    }
    replaces.push(found !== undefined);
  }
  return replaces;
}

export function partitionNumber(image: GoldenImage, partition: PlacedEntry['partition']): number {
  return partition === 'boot' ? (image.bootPartition ?? image.rootPartition) : image.rootPartition;
}

function parentFolders(path: string): string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}

function notAFolder(path: string, parent: string, kind: PathInfo['kind']): Problem {
  const link = kind === 'symlink';
  return new Problem('INJECTION_CONFLICT', {
    what: `${path} cannot be put onto the card: ${parent} is a ${link ? 'link' : kind} in the golden image.`,
    state: 'Nothing was written.',
    next: link
      ? 'Name the folder that the link leads to, as in /usr/lib for /lib.'
      : 'Change the golden image, or the target of the hook.',
  });
}
