import type { ProblemRecord } from '../../../../shared/problem.ts';
import type { GuestKey } from '../../../../shared/schemas/backup-names.ts';
import { type BackupRecord, backupRecordSchema } from '../../../../shared/schemas/backup-record.ts';
import type { NodeRunRequest, NodeRunResult } from '../node/node-answer.ts';
import { whyNotMade } from './run-problems.ts';
import type { TaskLog } from './task-log.ts';

/** A run on a node that is over, with all that is known of it. */
export interface EndedRun {
  readonly id: string;
  readonly guest: GuestKey & { readonly node: string; readonly name?: string | undefined };
  readonly request: NodeRunRequest;
  /** Whether all nodes of the Proxmox cluster see the storage. */
  readonly shared: boolean;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly result: NodeRunResult;
  readonly log: TaskLog;
  /** Names of the targets that copies are to go to. */
  readonly targets: readonly string[];
}

/**
 * The record of a run. `made` is said only when vzdump said that it finished this guest, and the node found the archive
 * listed by its storage with the size that it has, and read all of it. Pure.
 */
export function recordOf(run: EndedRun): BackupRecord {
  const { request, result, log } = run;
  const isMade = result.state === 'done' && saysFinished(run);
  return backupRecordSchema.parse({
    id: run.id,
    guest: { ...run.guest, name: run.guest.name ?? log.guestName },
    by: request.by,
    rule: request.rule,
    method: request.method,
    mode: request.mode,
    compress: request.method === 'export' ? 'zstd' : request.compress,
    storage: request.storage,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    outcome: isMade ? 'made' : outcomeOf(result),
    ...(isMade ? madeOf(run) : { problem: problemOf(run) }),
    warnings: warningsOf(run),
    ...(log.pruneFailed === undefined ? {} : { pruneFailed: log.pruneFailed }),
    copies: isMade ? run.targets.map((target) => ({ target, state: 'pending' })) : [],
  });
}

/** The place of a storage's archives, as in `storage:nas` or `storage:baobab/local`. */
export function storagePlace(node: string, storage: string, shared: boolean): string {
  return shared ? `storage:${storage}` : `storage:${node}/${storage}`;
}

/** The prune comes after the archive has its name, and vzdump may call all of it failed for that. */
function saysFinished({ request, log }: EndedRun): boolean {
  if (log.finished?.vmid === request.vmid) return true;
  return log.archiveIsNamed && log.pruneFailed !== undefined && log.failed === undefined;
}

function outcomeOf({ state, reason }: NodeRunResult): BackupRecord['outcome'] {
  if (state === 'cancelled') return 'cancelled';
  return reason === 'cut-off' ? 'cut-off' : 'failed';
}

function madeOf({ guest, request, shared, result }: EndedRun) {
  return {
    place: storagePlace(guest.node, request.storage, shared),
    archive: result.archive,
    volid: result.volid,
    files: result.files,
    sizeBytes: result.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

function problemOf({ guest, request, result, log }: EndedRun): ProblemRecord {
  const { type, vmid, storage } = request;
  const subject = { address: `${guest.node}/${vmid}`, node: guest.node, vmid, type, storage };
  return whyNotMade(subject, result, log).toRecord();
}

function warningsOf({ request, log }: EndedRun): string[] {
  const { mode } = log;
  return [
    ...(mode === undefined || mode === request.mode || mode === 'stop'
      ? []
      : [`It was backed up in mode ${mode}: ${request.mode} is not possible with its disks.`]),
    ...(log.excluded.length === 0 ? [] : [`Not in this backup: ${log.excluded.join(', ')}`.slice(0, 500)]),
    ...log.warnings,
    ...(log.notifyFailed === undefined ? [] : [log.notifyFailed]),
  ].slice(0, 50);
}
