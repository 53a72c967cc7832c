import { asProblem, type ProblemRecord } from '../../../../shared/problem.ts';
import type { RestoreRequest } from '../../../../shared/schemas/backup-plans.ts';
import { findOnNode } from '../archives/archive-on-node.ts';
import {
  archiveById,
  type KnownArchive,
  type KnownArchives,
  readKnownArchives,
  storageOf,
} from '../archives/known-archives.ts';
import { readBackupProgram } from '../node/node-program.ts';
import type { BackupParts } from '../parts.ts';
import { type AskedNode, askGuests } from '../run/ask-guests.ts';
import { type FoundGuest, type GuestNode, guestStatus, lookAtGuest } from './guest-commands.ts';
import { askRestoreNode, type RestoreNode } from './restore-on-node.ts';
import { readRestoreProgram } from './restore-program.ts';

/** The guest that has the id now. */
export interface GuestThere extends FoundGuest {
  /** `running`, `stopped`; nothing when its node is another one, or does not say. */
  readonly status: string | undefined;
}

/** All that a plan of a restore is made from, besides the request. */
export interface RestoreFacts {
  readonly known: KnownArchives;
  readonly one: KnownArchive;
  readonly node: string;
  readonly vmid: number;
  readonly asked: AskedNode;
  readonly guest: GuestThere | undefined;
  /** What the node calls itself. */
  readonly host: string;
  /** Another restore works on this guest right now. */
  readonly isBusy: boolean;
  /** Where an archive of a storage is; for one at a target, nobody was asked. */
  readonly found: { readonly node: string } | { readonly problem: ProblemRecord } | undefined;
}

/** ARCHIVE_UNKNOWN, NODE_UNKNOWN; that the node is silent is a fact. */
export async function gatherRestore(
  parts: BackupParts,
  request: RestoreRequest,
  signal: AbortSignal,
): Promise<{ facts: RestoreFacts; node: RestoreNode }> {
  const known = await readKnownArchives(parts);
  const one = archiveById(known, request.archive);
  const [name = '', id = ''] = request.target.split('/');
  const vmid = Number(id);
  const { ssh, resources } = parts;
  const ways = await ssh.ways();
  const program = await readRestoreProgram(resources);
  const node: RestoreNode = { ssh, node: name, destination: ways.destinations.toNode(name), program };
  const asked = await askGuests(
    parts,
    ways,
    { node: name, vmids: [vmid], program: await readBackupProgram(resources) },
    signal,
  );
  const nothing = { known, one, node: name, vmid, asked, guest: undefined, host: name, isBusy: false };
  if (!('facts' in asked)) return { facts: { ...nothing, found: undefined }, node };
  const [{ host, guest }, running, found] = await Promise.all([
    lookAtGuest(node, vmid, signal),
    askRestoreNode(node, ['list'], { signal }),
    findArchive(parts, known, one, name, signal),
  ]);
  const isBusy = running.runs.some((run) => run.vmid === vmid && run.state === 'running');
  const there = guest && { ...guest, status: await statusOf(node, host, guest, vmid, signal) };
  return { facts: { ...nothing, host, guest: there, isBusy, found }, node };
}

async function statusOf(
  node: GuestNode,
  host: string,
  guest: FoundGuest,
  vmid: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  return guest.host === host ? guestStatus(node, guest.type, vmid, signal) : undefined;
}

async function findArchive(
  parts: BackupParts,
  known: KnownArchives,
  one: KnownArchive,
  first: string,
  signal: AbortSignal,
): Promise<RestoreFacts['found']> {
  if (storageOf(one.archive.place) === undefined) return undefined;
  try {
    const { node } = await findOnNode(parts, known, one, { signal, first });
    return { node };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    return { problem: problem.toRecord() };
  }
}
