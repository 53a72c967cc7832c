import { setTimeout } from 'node:timers/promises';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { GuestType } from '../../../../shared/schemas/backup-names.ts';
import type { BackupParts } from '../parts.ts';
import { guestCommand, type GuestNode, lookAtGuest, toolOf } from './guest-commands.ts';
import { valueOf } from './guest-config.ts';
import { carriesMark } from './isolation.ts';
import type { NodeRestore } from './restore-program.ts';
import { askRestoreNode, type RestoreNode } from './restore-on-node.ts';

/** Until one that nobody follows any more has ended after it was told to. */
const cancelMilliseconds = 5 * 60 * 1000;
const destroyMilliseconds = 10 * 60 * 1000;

/**
 * What earlier restores left on a node, of jobs of this machine that are over: a test's guest is removed, by its mark; what
 * became of a restore that was cut off here is said. Anything of other machines is left alone. Answers the ids that are free
 * for that.
 */
export async function settleLeftovers(
  parts: Pick<BackupParts, 'jobs'>,
  node: RestoreNode,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<number[]> {
  const { runs } = await askRestoreNode(node, ['list'], { signal });
  const freed: number[] = [];
  if (runs.length === 0) return freed;
  const over = new Set(
    (await parts.jobs.list()).filter(({ state }) => state !== 'running').map(({ id }) => id),
  );
  for (const run of runs.filter(({ id }) => over.has(id))) {
    const where = `${node.node}/${run.vmid}`;
    if (!run.test) {
      if (run.state === 'running') continue;
      note(`A restore of ${where} that was cut off here ended there: ${run.state}.`);
      await askRestoreNode(node, ['forget', run.id], { signal });
      continue;
    }
    try {
      if (run.state === 'running') await stopRun(node, run.id, signal);
      if (!(await removeTestGuest(node, run, signal))) continue;
      freed.push(run.vmid);
      note(`The guest ${where} that an earlier test left was removed.`);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined || problem.code === 'CANCELLED') throw error;
      note(problem.data.what);
    }
  }
  return freed;
}

async function stopRun(node: RestoreNode, id: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + cancelMilliseconds;
  await askRestoreNode(node, ['cancel', id], { signal });
  for (;;) {
    const { runs } = await askRestoreNode(node, ['list'], { signal });
    if (runs.find((run) => run.id === id)?.state !== 'running') return;
    if (performance.now() > until) throw stillRunning(node.node);
    await setTimeout(1000, undefined, { signal });
  }
}

/**
 * Removes the guest of a test: only one that carries the mark of that test, under the id that was free for it, on the node that
 * made it. RESTORE_TEST_FAILED when it is still there, or cannot be told from somebody else's. Answers whether there was one.
 */
export async function removeTestGuest(
  node: RestoreNode,
  { id, vmid, type, result, stage }: Pick<NodeRestore, 'id' | 'vmid' | 'type' | 'result' | 'stage'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { host, guest } = await lookAtGuest(node, vmid, signal);
  let isRemoved = false;
  if (guest !== undefined && result?.reason !== 'taken') {
    const isOurs = guest.host === host && guest.type === type && carriesMark(guest.config, id);
    if (isOurs) {
      await destroy(node, type, vmid, signal);
      const after = await lookAtGuest(node, vmid, signal);
      if (after.guest !== undefined) throw left(node, vmid, 'it could not be removed');
      isRemoved = true;
    } else if (
      valueOf(guest.config, 'lock') === 'create' ||
      result?.reason === 'unmarked' ||
      (stage === 'restoring' && result === undefined)
    )
      throw left(node, vmid, 'it does not carry the mark of the test, and is not touched');
    // Else somebody made a guest of their own there since.
  }
  await askRestoreNode(node, ['forget', id], { signal });
  return isRemoved;
}

async function destroy(node: GuestNode, type: GuestType, vmid: number, signal: AbortSignal): Promise<void> {
  const tool = toolOf(type);
  const status = await guestCommand(node, [tool, 'status', String(vmid)], { signal });
  if (!/^status: stopped/m.test(status.stdout))
    await guestCommand(node, [tool, 'stop', String(vmid)], { signal, milliseconds: 180_000 });
  const end = await guestCommand(node, [tool, 'destroy', String(vmid)], {
    signal,
    milliseconds: destroyMilliseconds,
  });
  if (!end.ok) throw left(node, vmid, `Proxmox does not remove it: ${end.said}`);
}

function left({ node }: GuestNode, vmid: number, why: string): Problem {
  return new Problem('RESTORE_TEST_FAILED', {
    what: `The guest ${vmid} of a restore test is still on ${node}: ${why}.`,
    state: 'It has no network if it carries the mark of the test; it does not start by itself.',
    next: `Look at it on ${node}, and remove it there if it is nobody's.`,
  });
}

function stillRunning(node: string): Problem {
  return new Problem('RESTORE_TEST_FAILED', {
    what: `A restore for a test that was cut off still runs on ${node}, although it was told to end.`,
    state: 'Its guest is there, and does not start by itself.',
    next: `See on ${node} what it does: its log is in /var/lib/sifaka/backups/restores.`,
  });
}
