import { asProblem, type ProblemRecord } from '../../../../shared/problem.ts';
import { formatBytes } from '../../../../shared/quantities.ts';
import type { BackupCopy, BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { Destination } from '../../ssh/destination.ts';
import { archivePath } from '../node/archive-place.ts';
import type { BackupParts } from '../parts.ts';
import { isPruned } from '../records/is-pruned.ts';

export interface CopyWork {
  readonly parts: BackupParts;
  readonly destination: Destination;
  readonly record: BackupRecord;
  readonly signal: AbortSignal;
  readonly say: (words: string) => void;
  /** Of all copies of this backup together. */
  readonly copied: (bytes: number) => void;
}

/** Targets that have no copy of it yet. */
export function missingCopies({ copies, outcome }: BackupRecord): string[] {
  if (outcome !== 'made') return [];
  return copies.filter((copy) => copy.state !== 'verified' && !isPruned(copy)).map(({ target }) => target);
}

/**
 * Makes the copies that are missing, one after another, and writes down each as it ends. What fails is in the record and is
 * answered; the others are made all the same. CANCELLED leaves what is not over `pending`.
 */
export async function makeCopies(
  work: CopyWork,
): Promise<{ record: BackupRecord; problems: readonly ProblemRecord[] }> {
  const { parts, signal } = work;
  let { record } = work;
  const problems: ProblemRecord[] = [];
  const path = await archivePath(parts.ssh, work.destination, record, signal);
  let before = 0;
  for (const target of missingCopies(record)) {
    work.say(`is being copied to ${target}`);
    const copy = await makeCopy(work, record, path, target, before);
    if (copy.problem !== undefined) problems.push(copy.problem);
    record = await parts.records.put(
      record.id,
      (now) => withCopy(now ?? record, copy),
      entryFor(record, copy),
    );
    before += record.sizeBytes ?? 0;
    work.copied(before);
  }
  return { record, problems };
}

async function makeCopy(
  { parts, signal, destination, say, copied }: CopyWork,
  record: BackupRecord,
  path: string,
  target: string,
  before: number,
): Promise<BackupCopy> {
  const total = record.sizeBytes ?? 0;
  try {
    const store = await parts.targets.open(target);
    const files = record.files.map((file) => ({
      ...file,
      path: record.method === 'export' ? `${path}/${file.name}` : path,
    }));
    return await store.copy(
      { record, node: destination.host, files },
      {
        signal,
        progress(done) {
          copied(before + done);
          const share = total > 0 ? Math.floor((100 * Math.min(done, total)) / total) : 0;
          say(`is being copied to ${target}: ${share} % of ${formatBytes(total)}`);
        },
      },
    );
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED' || signal.aborted) throw error;
    return { target, state: 'failed', at: parts.clock.now().toISOString(), problem: problem.toRecord() };
  }
}

function withCopy(record: BackupRecord, copy: BackupCopy): BackupRecord {
  const others = record.copies.filter(({ target }) => target !== copy.target);
  return { ...record, copies: [...others, copy] };
}

function entryFor({ guest, archive = '', id }: BackupRecord, { target, state, problem }: BackupCopy) {
  const address = `${guest.node}/${guest.vmid}`;
  return {
    project: 'backups',
    summary:
      state === 'verified'
        ? `Copied a backup of ${address} to ${target}`
        : `A backup of ${address} was not copied to ${target}`,
    reason: problem === undefined ? '' : onOneLine(problem.what, 400),
    details: [archive, `Backup ${id}`],
    affectedResources: [address, `target:${target}`],
  };
}
