import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { Archive } from '../../../../shared/schemas/backup-manifest.ts';
import { archiveNameSchema } from '../../../../shared/schemas/backup-names.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { Destination } from '../../ssh/destination.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { BackupParts } from '../parts.ts';
import { exits, locateScript } from './archive-scripts.ts';
import { type KnownArchive, type KnownArchives, storageOf } from './known-archives.ts';

export interface FileOnNode {
  readonly name: string;
  /** Absolute, checked. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Seconds since 1970. */
  readonly changed: number;
}

/** An archive where it is, on a node that sees it now. */
export interface ArchiveOnNode {
  readonly node: string;
  readonly destination: Destination;
  readonly storage: string;
  /** Absolute: the archive itself, or an export's folder. */
  readonly path: string;
  /** A vzdump archive alone, or all files of an export. */
  readonly files: readonly FileOnNode[];
}

const limits = { milliseconds: 60_000, bytes: 1024 * 1024 };

/**
 * Finds an archive of a storage on the first of these nodes that sees it: that of its place, or those of its Proxmox cluster.
 * ARCHIVE_GONE when a node says that it is not there, STORAGE_UNUSABLE when its storage is not, NODE_SILENT and the problems
 * of `Ssh.run` when no node could be asked.
 */
export async function findOnNode(
  { ssh }: Pick<BackupParts, 'ssh'>,
  known: KnownArchives,
  { archive, record }: KnownArchive,
  options: { readonly signal: AbortSignal; readonly first?: string },
): Promise<ArchiveOnNode> {
  const storage = storageOf(archive.place);
  if (storage === undefined) throw new Error('an archive of a storage');
  const { destinations, members } = await ssh.ways();
  const names = members.map(({ name }) => name);
  const wanted = [options.first, record?.guest.node, archive.node].filter((name) => name !== undefined);
  const nodes =
    storage.node === undefined
      ? [...new Set([...wanted, ...nodesOfCluster(known, archive, names)])].filter((name) =>
          names.includes(name),
        )
      : [storage.node];
  let first: Problem | undefined;
  for (const node of nodes) {
    try {
      return await askNode(ssh, node, destinations.toNode(node), archive, storage.storage, options.signal);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined || problem.code === 'CANCELLED') throw error;
      // What is not there for a node that has the storage is not there.
      if (problem.code === 'ARCHIVE_GONE') throw error;
      first ??= problem;
    }
  }
  throw first ?? noNode(archive);
}

/** Those that the manifest has in the archive's Proxmox cluster, or in that of the node that saw it; all of the lab where it does not say. */
function nodesOfCluster(
  { manifest }: KnownArchives,
  { pveCluster: owner, node: seenOn }: Archive,
  names: readonly string[],
): readonly string[] {
  if (manifest === undefined) return names;
  const clusters = new Map(manifest.nodes.map(({ node, pveCluster: cluster }) => [node, cluster ?? node]));
  const pveCluster = owner ?? (seenOn === undefined ? undefined : clusters.get(seenOn));
  if (pveCluster === undefined) return names;
  return names.filter((name) => (clusters.get(name) ?? pveCluster) === pveCluster);
}

async function askNode(
  ssh: BackupParts['ssh'],
  node: string,
  destination: Destination,
  { name, volid }: Archive,
  storage: string,
  signal: AbortSignal,
): Promise<ArchiveOnNode> {
  const asked = volid ?? `${storage}:backup/vzdump-qemu-100-2000_01_01-00_00_00.vma.zst`;
  const { code, stdout, stderr } = await ssh.run(
    destination,
    shellScript(locateScript, asked, name, storage),
    { signal, limits },
  );
  if (code === exits.missing) throw gone(node, name);
  if (code === exits.noFile) throw inServer(node, name, storage);
  const found = code === 0 ? understood(stdout, name) : undefined;
  if (found === undefined) throw unusable(node, storage, stderr);
  return { node, destination, storage, ...found };
}

function understood(stdout: Buffer, name: string): Pick<ArchiveOnNode, 'path' | 'files'> | undefined {
  const lines = stdout.toString('latin1').split('\n');
  const path = decoded(lines.find((line) => line.startsWith('path '))?.slice('path '.length));
  if (lines.at(-2) !== 'end' || path === undefined || !isPathOf(path, name)) return undefined;
  const files = lines.flatMap((line): FileOnNode[] => {
    const [, size, changed, encoded] = /^file (\d{1,15}) (\d{1,15}) ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
    const file = archiveNameSchema.safeParse(decoded(encoded));
    if (!file.success || /\p{Cc}/u.test(file.data)) return [];
    const isArchive = file.data === name;
    return [
      {
        name: file.data,
        path: isArchive ? path : `${path}/${file.data}`,
        sizeBytes: Number(size),
        changed: Number(changed),
      },
    ];
  });
  return { path, files };
}

function decoded(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('utf8');
}

function isPathOf(path: string, name: string): boolean {
  return (
    path.startsWith('/') &&
    path.endsWith(`/${name}`) &&
    path.length <= 4096 &&
    !/\p{Cc}|\/\.\.?\//u.test(path)
  );
}

function gone(node: string, name: string): Problem {
  return new Problem('ARCHIVE_GONE', {
    what: `${onOneLine(name, 255)} is not there any more, says ${node}.`,
    state: 'Nothing was read or changed.',
    next: 'See what is there: sifaka backups discover',
  });
}

/** PVE::Storage::PBSPlugin, path: `pbs://…`. */
function inServer(node: string, name: string, storage: string): Problem {
  return new Problem('STORAGE_UNUSABLE', {
    what: `${onOneLine(name, 255)} is in pieces on a Proxmox Backup Server (${storage} of ${node}), and no file that could be read.`,
    state: 'Nothing was read or changed.',
    next: 'Verify it with the server itself, and restore it in Proxmox.',
  });
}

function unusable(node: string, storage: string, stderr: Buffer): Problem {
  const said = onOneLine(stderr.toString('utf8'), 200);
  return new Problem('STORAGE_UNUSABLE', {
    what: `${node} cannot use the storage ${storage} now${said === '' ? '' : `: ${said}`}.`,
    state: 'Nothing was read or changed.',
    next: `See on ${node} what pvesm status says.`,
  });
}

function noNode({ place }: Archive): Problem {
  return new Problem('NODE_SILENT', {
    what: `No node of the lab has ${place}.`,
    state: 'Nothing was read or changed.',
    next: 'See `sifaka nodes list`, and ask the nodes: sifaka backups discover',
  });
}
