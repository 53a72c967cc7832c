import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { BackupFile } from '../../../../shared/schemas/backup-record.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { ArchiveOnNode, FileOnNode } from '../archives/archive-on-node.ts';
import { findOnNode } from '../archives/archive-on-node.ts';
import { type KnownArchive, type KnownArchives, targetOf } from '../archives/known-archives.ts';
import { digestOnNode, type ReadOptions, testOnNode } from '../archives/read-on-node.ts';
import type { BackupParts } from '../parts.ts';
import { fileKind } from '../prove/archive-tools.ts';
import { bringToNode } from './bring-to-node.ts';
import type { GuestNode } from './guest-commands.ts';

/** An archive on the node that restores it, and what it was compared with. */
export interface ReadyArchive {
  readonly file: FileOnNode;
  /** In words. */
  readonly proof: string;
  /** Removes what was brought; nothing where it was there already. */
  remove(signal: AbortSignal): Promise<void>;
}

/**
 * Brings an archive to where it can be restored, and compares every byte of it with what was backed up, before anything is
 * done to a guest. CHECKSUM_MISMATCH, ARCHIVE_CHANGED, ARCHIVE_GONE, ARCHIVE_CORRUPT, and what `findOnNode` and `bringToNode` say.
 */
export async function makeReady(
  parts: Pick<BackupParts, 'ssh' | 'targets' | 'jobs'>,
  known: KnownArchives,
  one: KnownArchive,
  node: GuestNode,
  { id, bringTo, signal, progress }: ReadOptions & { readonly id: string; readonly bringTo: string },
): Promise<ReadyArchive> {
  const { archive, record } = one;
  if (targetOf(archive.place) !== undefined) {
    const brought = await bringToNode(parts, node, archive, { id, storage: bringTo }, { signal, progress });
    return { ...brought, proof: 'Every byte was compared when it was brought from its target.' };
  }
  const where = await findOnNode(parts, known, one, { signal, first: node.node });
  const [file] = where.files;
  if (where.node !== node.node) throw elsewhere(node.node, where);
  if (file === undefined) throw new Error('an archive that was found is a file');
  const [wanted] = record?.files ?? [];
  if (wanted === undefined) {
    const proof = await testWithoutRecord(parts, where, file, archive, { signal, progress });
    return { file, proof, remove: nothing };
  }
  await compareOnNode(parts, where, file, wanted, { signal, progress });
  return { file, proof: 'Every byte was read: its SHA-256 is as it was made.', remove: nothing };
}

const nothing = (): Promise<void> => Promise.resolve();

/**
 * Nobody knows what its bytes were: it is at least the one that was listed, and can be read to its end by its packer's own
 * checksums. ARCHIVE_CHANGED, CHECKSUM_MISMATCH.
 */
async function testWithoutRecord(
  { ssh }: Pick<BackupParts, 'ssh'>,
  where: ArchiveOnNode,
  file: FileOnNode,
  { sizeBytes }: KnownArchive['archive'],
  options: ReadOptions,
): Promise<string> {
  if (file.sizeBytes !== sizeBytes)
    throw new Problem('ARCHIVE_CHANGED', {
      what: `${onOneLine(file.path, 300)} on ${where.node} has ${file.sizeBytes} bytes, and had ${sizeBytes} when it was listed.`,
      state: 'Nothing was changed.',
      next: 'Look at what is there now: sifaka backups discover',
    });
  const unknown = 'There is no record of it: its bytes were compared with nothing';
  const { packer } = fileKind(file.name);
  if (packer === undefined) return `${unknown}.`;
  const end = await testOnNode(ssh, where, file, { packer }, options);
  if (end.outcome === 'failed') throw mismatch(where, `it cannot be unpacked to its end: ${end.said}`);
  return end.outcome === 'passed' ? `${unknown}; ${packer} can unpack all of it.` : `${unknown}.`;
}

/** CHECKSUM_MISMATCH. */
async function compareOnNode(
  { ssh }: Pick<BackupParts, 'ssh'>,
  where: ArchiveOnNode,
  file: FileOnNode,
  wanted: BackupFile,
  options: ReadOptions,
): Promise<void> {
  try {
    const { sha256 } = await digestOnNode(ssh, where, file, options);
    if (sha256 === wanted.sha256) return;
    throw mismatch(
      where,
      `its SHA-256 begins with ${sha256.slice(0, 16)}, and with ${wanted.sha256.slice(0, 16)} when it was made`,
    );
  } catch (error) {
    const problem = asProblem(error);
    if (problem?.code === 'ARCHIVE_CORRUPT') throw mismatch(where, problem.data.what);
    throw error;
  }
}

function mismatch({ node, path }: ArchiveOnNode, why: string): Problem {
  return new Problem('CHECKSUM_MISMATCH', {
    what: `${onOneLine(path, 300)} on ${node} is not what was backed up: ${why}.`,
    state: 'Nothing was changed.',
    next: 'Use another archive of the guest, or its copy at a target: sifaka backups archives',
  });
}

function elsewhere(node: string, { node: has, path }: ArchiveOnNode): Problem {
  return new Problem('STORAGE_UNUSABLE', {
    what: `${onOneLine(path, 300)} is on ${has}, and ${node} does not see it.`,
    state: 'Nothing was changed.',
    next: `Restore it on ${has}, or from a copy at a target.`,
  });
}
