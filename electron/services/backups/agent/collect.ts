import { asProblem } from '../../../../shared/problem.ts';
import type { Manifest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupRecord } from '../../../../shared/schemas/backup-record.ts';
import type { NewChangelogEntry } from '../../lab/lab-folder.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ways } from '../../ssh/ssh.ts';
import { archivePath, writeRecordBeside } from '../node/archive-place.ts';
import { parseNodeRequest, parseNodeResult } from '../node/node-answer.ts';
import type { BackupParts } from '../parts.ts';
import { recordOf } from '../run/record-of.ts';
import { parseTaskLog } from '../run/task-log.ts';
import {
  type AgentBackupEvent,
  type AgentCopyEvent,
  type AgentEvent,
  eventsScript,
  parseAgentEvents,
} from './agent-events.ts';
import { agentCopyProblem } from './agent-problems.ts';

/** What was taken in of one node. */
export interface Collected {
  readonly backups: number;
  /** The id of the last event that was. */
  readonly last?: string;
}

type Parts = Pick<BackupParts, 'lab' | 'ssh' | 'records'>;

/** More than an agent keeps. */
const mostRounds = 8;

/**
 * Takes in what the agent of a node did since the event `after`: each backup is a record and a line in the logbook, once,
 * by its id, whoever collects it how often. The problems of `Ssh.run`, LAB_….
 */
export async function collectFrom(
  parts: Parts,
  ways: Ways,
  { node, after, manifest }: { node: string; after: string | undefined; manifest: Manifest | undefined },
  signal: AbortSignal,
): Promise<Collected> {
  let last = after;
  let backups = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    const { stdout } = await parts.ssh.run(
      ways.destinations.toNode(node),
      shellScript(eventsScript, last ?? '-'),
      { signal, limits: { milliseconds: 120_000, bytes: 5 * 1024 * 1024 } },
    );
    const events = parseAgentEvents(stdout);
    if (events.length === 0) break;
    for (const event of events) {
      if (await takeIn(parts, ways, node, event, { manifest, signal })) backups += 1;
      last = event.id;
    }
  }
  return { backups, ...(last === undefined ? {} : { last }) };
}

/** Whether it was a backup that nobody had taken in before. */
async function takeIn(
  parts: Parts,
  ways: Ways,
  node: string,
  event: AgentEvent,
  { manifest, signal }: { readonly manifest: Manifest | undefined; readonly signal: AbortSignal },
): Promise<boolean> {
  if (event.event === 'copy') await takeInCopy(parts, node, event);
  if (event.event === 'ended') await noteOnce(parts, endedEntry(node, event));
  if (event.event === 'failed' || event.event === 'skipped' || event.event === 'unlocked')
    await noteOnce(parts, failedEntry(node, event));
  if (event.event !== 'backup') return false;
  const record = await takeInBackup(parts, node, event, manifest);
  if (record?.outcome === 'made') await besideArchive(parts, ways, record, signal);
  return record !== undefined;
}

async function takeInBackup(
  { records }: Parts,
  node: string,
  event: AgentBackupEvent,
  manifest: Manifest | undefined,
): Promise<BackupRecord | undefined> {
  if ((await records.find(event.id)) !== undefined) return undefined;
  const record = recordOfEvent(node, event, manifest);
  if (record === undefined) return undefined;
  const entry = backupEntry(record);
  try {
    await records.put(record.id, (now) => now ?? record, entry);
  } catch (error) {
    // The logbook has it already, and the records were lost since.
    if (asProblem(error)?.code !== 'LOGBOOK_DUPLICATE') throw error;
    await records.put(record.id, (now) => now ?? record);
  }
  return record;
}

/** The records of the lab are what counts: one that cannot be written beside its archive is in them all the same. */
async function besideArchive(
  { ssh }: Parts,
  { destinations }: Ways,
  record: BackupRecord,
  signal: AbortSignal,
): Promise<void> {
  try {
    const destination = destinations.toNode(record.guest.node);
    const path = await archivePath(ssh, destination, record, signal);
    await writeRecordBeside(ssh, destination, path, record, signal);
  } catch (error) {
    if (asProblem(error) === undefined || signal.aborted) throw error;
  }
}

/** `undefined` for what is no run of an agent. */
export function recordOfEvent(
  node: string,
  event: AgentBackupEvent,
  manifest: Manifest | undefined,
): BackupRecord | undefined {
  const request = parseNodeRequest(event.request.toString('utf8'));
  const result = parseNodeResult(event.result.toString('utf8'));
  if (request?.by !== 'agent' || result === undefined) return undefined;
  if (event.guest !== `${request.type}-${request.vmid}`) return undefined;
  const { type, vmid } = request;
  // By what was discovered where that is known: a node does not say whose guests it has.
  const pveCluster = manifest?.nodes.find((one) => one.node === node)?.pveCluster ?? event.cluster;
  const name = manifest?.guests.find((one) => one.vmid === vmid && one.pveCluster === pveCluster)?.name;
  return recordOf({
    id: event.id,
    guest: { pveCluster, type, vmid, node, name },
    request,
    shared: event.place === `storage:${request.storage}`,
    startedAt: momentText(event.started),
    endedAt: momentText(Math.max(event.started, result.ended)),
    result,
    log: parseTaskLog(event.log),
    targets: event.targets,
  });
}

async function takeInCopy({ records }: Parts, node: string, event: AgentCopyEvent): Promise<void> {
  const record = await records.find(event.backup);
  if (record?.by !== 'agent' || record.guest.node !== node) return;
  await records.put(record.id, (now = record) => ({
    ...now,
    copies: now.copies.map((copy) => {
      // What is known to be good is not made worse by an older word of it.
      if (copy.target !== event.target || copy.state === 'verified') return copy;
      const at = momentText(event.at);
      return event.state === 'verified'
        ? { target: copy.target, state: 'verified' as const, at, proof: 'read-back' as const }
        : {
            target: copy.target,
            state: 'failed' as const,
            at,
            problem: agentCopyProblem(node, event).toRecord(),
          };
    }),
  }));
}

/** An entry whose id is in the logbook already was written before. */
async function noteOnce({ lab }: Parts, entry: NewChangelogEntry): Promise<void> {
  try {
    await lab.appendToLogbook(entry);
  } catch (error) {
    if (asProblem(error)?.code !== 'LOGBOOK_DUPLICATE') throw error;
  }
}

function backupEntry(record: BackupRecord): NewChangelogEntry {
  const { guest, outcome, storage, archive, sizeBytes = 0, problem, endedAt } = record;
  const address = `${guest.node}/${guest.vmid}`;
  const name = guest.name === undefined ? '' : ` (${guest.name})`;
  return {
    id: record.id,
    timestamp: endedAt,
    project: 'backups',
    summary:
      outcome === 'made'
        ? `The agent backed up ${address}${name} to ${storage}`
        : `The agent's backup of ${address}${name} did not come about: ${outcome}`,
    details:
      outcome === 'made'
        ? [
            `${archive ?? ''}, ${sizeBytes} bytes`,
            ...(record.pruneFailed === undefined ? [] : [record.pruneFailed]),
          ]
        : [problem?.what ?? outcome],
    affectedResources: [address],
  };
}

function endedEntry(node: string, event: Extract<AgentEvent, { event: 'ended' }>): NewChangelogEntry {
  const { made, failed, skipped, resumed } = event;
  return {
    id: event.id,
    timestamp: momentText(event.at),
    project: 'backups',
    summary: `The agent of ${node} is done: ${made} made, ${failed} failed, ${skipped} waited in vain`,
    details: resumed ? ['The agent before it was ended in the middle, and this one went on.'] : [],
    affectedResources: [node],
  };
}

function failedEntry(
  node: string,
  event: Extract<AgentEvent, { event: 'failed' | 'skipped' | 'unlocked' }>,
): NewChangelogEntry {
  const whose = event.guest === undefined ? '' : ` ${event.guest.replace('-', ' ')}`;
  return {
    id: event.id,
    timestamp: momentText(event.at),
    project: 'backups',
    summary:
      event.event === 'unlocked'
        ? `The agent of ${node} unlocked${whose}: a backup that was cut off had left it locked`
        : `The agent of ${node} could not back up${whose === '' ? ' anything' : whose}: ${whyNot(event.why)}`,
    affectedResources: [node],
  };
}

const reasons = new Map([
  ['guests-unknown', 'it could not tell which guests there are (qm list, pct list)'],
  ['guest-unknown', 'it could not tell which rule counts for it'],
  ['storage-busy', 'its storage was in use by another backup for two hours'],
  ['still-running', 'its backup did not end within the window'],
  ['no-run', 'there was no room for the run, or its rule is not one that the node takes'],
  ['not-started', 'its task could not be started'],
]);

function whyNot(why: string): string {
  return reasons.get(why) ?? why;
}

function momentText(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
