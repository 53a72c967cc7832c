import { randomUUID } from 'node:crypto';
import { asProblem, cancelled, Problem, type ProblemRecord } from '../../../../shared/problem.ts';
import { formatBytes } from '../../../../shared/quantities.ts';
import type { PlannedGuest } from '../../../../shared/schemas/backup-plans.ts';
import { type BackupRecord, backupRecordSchema } from '../../../../shared/schemas/backup-record.ts';
import { writeRecordBeside, archivePath } from '../node/archive-place.ts';
import { askBackupNode, type BackupNode } from '../node/ask-node.ts';
import type { BackupParts } from '../parts.ts';
import { makeCopies, missingCopies } from './copies.ts';
import { runOnNode } from './node-run.ts';
import { recordOf } from './record-of.ts';
import { noteRemoved } from './removed-by-vzdump.ts';
import type { RunLanes } from './run-lanes.ts';
import { backupEntry } from './run-logbook.ts';

/** One guest of a run, from its start to its last copy. */
export interface GuestRun {
  readonly parts: BackupParts;
  readonly node: BackupNode;
  readonly planned: PlannedGuest;
  readonly lanes: RunLanes;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/** How it ended: with a record, or with why there is none; a backup that is whole may have problems, too. */
export interface GuestEnd {
  readonly address: string;
  readonly record?: BackupRecord;
  readonly problems: readonly ProblemRecord[];
}

export function addressOf({ guest }: PlannedGuest): string {
  return `${guest.node}/${guest.vmid}`;
}

/** The backup, without its copies. Whatever keeps it from being made is in its end; only bugs are thrown. */
export async function backUpGuest(run: GuestRun): Promise<GuestEnd> {
  const { parts, planned, lanes, signal, note } = run;
  const address = addressOf(planned);
  const before = await parts.records.find(planned.id);
  // Only its copies are missing.
  if (before !== undefined) return { address, record: before, problems: [] };
  try {
    if (signal.aborted) throw cancelled(`Nothing was begun of the backup of ${address}.`);
    lanes.say(address, 'running', planned.action === 'continue' ? 'is gone on with' : 'is begun');
    const record = await runAndRecord(run, planned);
    if (record.outcome === 'made') return { address, record, problems: [] };
    if (planned.action === 'continue' && record.outcome !== 'cancelled') {
      note(
        `${address}: ${record.problem?.what ?? 'What was begun before made no backup.'} It is begun anew.`,
      );
      const anew = await runAndRecord(run, { ...planned, action: 'new', id: randomUUID() });
      return endOf(address, anew);
    }
    return endOf(address, record);
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    return { address, problems: [problem.toRecord()] };
  }
}

function endOf(address: string, record: BackupRecord): GuestEnd {
  return { address, record, problems: record.problem === undefined ? [] : [record.problem] };
}

async function runAndRecord(run: GuestRun, planned: PlannedGuest): Promise<BackupRecord> {
  const { parts, node, lanes, signal, note } = run;
  const address = addressOf(planned);
  const startedAt = parts.clock.now().toISOString();
  const { request, result, log } = await runOnNode(node, planned, {
    signal,
    show: (seen) => lanes.seen(address, seen),
    silent: (problem) => lanes.say(address, 'running', `${node.node} is silent: ${problem.data.what}`),
  });
  lanes.dumped(address);
  const record = recordOf({
    id: planned.id,
    guest: planned.guest,
    request,
    shared: planned.shared,
    startedAt: startOf(startedAt, result.seconds, result.ended),
    endedAt: parts.clock.now().toISOString(),
    result,
    log,
    targets: planned.targets,
  });
  const put = await writeDown(run, planned, record);
  await noteRemoved(parts.records, put, log);
  if (put.outcome === 'made') await besideArchive(run, put, result.path);
  await forget(node, planned.id, note);
  return put;
}

/** The node keeps what it knows of the backup until the lab has it: that is more than that nothing was changed. */
async function writeDown(
  { parts, node }: GuestRun,
  planned: PlannedGuest,
  record: BackupRecord,
): Promise<BackupRecord> {
  try {
    return await parts.records.put(planned.id, () => record, backupEntry(record));
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    const state = `${problem.data.state} Its backup is over and kept on ${node.node}; the next run writes it down.`;
    throw new Problem(problem.code, { ...problem.data, state }, { cause: error });
  }
}

/** One that is gone on with began earlier: so long before its end as vzdump took. */
function startOf(now: string, seconds: number | undefined, ended: number): string {
  const began = new Date((ended - (seconds ?? 0)) * 1000);
  return seconds !== undefined && began.getTime() < Date.parse(now) ? began.toISOString() : now;
}

/** The copies of a backup that was made; what became of each is in the record. */
export async function copyGuest(run: GuestRun, end: GuestEnd): Promise<GuestEnd> {
  const { parts, node, lanes, signal } = run;
  const { address, record } = end;
  if (record === undefined || record.outcome !== 'made') return end;
  if (missingCopies(record).length === 0) {
    lanes.say(address, 'done', madeWords(record));
    return end;
  }
  try {
    const { destination } = node;
    const { record: copied, problems } = await makeCopies({
      parts,
      destination,
      record,
      signal,
      say: (words) => lanes.say(address, 'running', words),
      copied: (bytes) => lanes.copied(address, bytes),
    });
    await besideArchive(run, copied, undefined);
    const [first] = problems;
    if (first === undefined) lanes.say(address, 'done', madeWords(copied));
    else lanes.say(address, 'failed', `${madeWords(copied)}; ${first.what}`);
    return { address, record: copied, problems: [...end.problems, ...problems] };
  } catch (error) {
    const problem = asProblem(error) ?? (signal.aborted ? copiesStopped(record) : undefined);
    if (problem === undefined) throw error;
    lanes.say(address, 'failed', `${madeWords(record)}; ${problem.data.what}`);
    const now = (await parts.records.find(record.id)) ?? record;
    return { address, record: now, problems: [...end.problems, problem.toRecord()] };
  }
}

export function madeWords({ sizeBytes, storage, copies }: BackupRecord): string {
  const there = copies.filter(({ state }) => state === 'verified').map(({ target }) => target);
  const words = `is backed up: ${formatBytes(sizeBytes ?? 0)} on ${storage}`;
  return there.length === 0 ? words : `${words}, copied to ${there.join(', ')}`;
}

/** Of a guest that the plan refuses there is a record too, as of any attempt that made no backup. */
export function refusedRecord(planned: PlannedGuest, problem: ProblemRecord, at: string): BackupRecord {
  const { id, guest, rule, method, mode, compress, storage } = planned;
  return backupRecordSchema.parse({
    id,
    guest,
    by: 'operator',
    rule,
    method,
    mode,
    compress,
    storage,
    startedAt: at,
    endedAt: at,
    outcome: 'failed',
    problem,
  });
}

/** A record that cannot be written beside its archive is in the lab all the same. */
async function besideArchive(run: GuestRun, record: BackupRecord, known: string | undefined): Promise<void> {
  const { parts, node, note, signal } = run;
  try {
    const path = known ?? (await archivePath(parts.ssh, node.destination, record, signal));
    await writeRecordBeside(parts.ssh, node.destination, path, record, signal);
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    if (problem.code !== 'CANCELLED') note(problem.data.what);
  }
}

/** What a node still keeps of a run that has its record is forgotten by the next run, too. */
export async function forget(node: BackupNode, id: string, note: (text: string) => void): Promise<void> {
  try {
    await askBackupNode(node, ['forget', id], { signal: new AbortController().signal });
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined) throw error;
    note(`${node.node} still keeps its notes of a backup that is over: ${problem.data.what}`);
  }
}

function copiesStopped({ guest }: BackupRecord): Problem {
  return cancelled(
    `The backup of ${guest.node}/${guest.vmid} is whole; its copies are made by the next run.`,
  );
}
