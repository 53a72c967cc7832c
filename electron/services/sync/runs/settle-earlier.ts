import { Problem } from '../../../../shared/problem.ts';
import { formatQuantity } from '../../../../shared/quantities.ts';
import { syncIterationSchema, type SyncIteration } from '../../../../shared/schemas/sync-record.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { removeUnnamedRecords } from '../engine/intents.ts';
import type { Root } from '../engine/open-roots.ts';
import { type KilledRun, killedRuns } from '../engine/reconcile.ts';
import { flushLeftovers } from './flush.ts';
import { listOpslogs } from './opslog-files.ts';
import { createOpslog } from './opslog-writer.ts';
import type { OpenRun } from './run-sync.ts';

export interface Settled {
  /** One at the source was or may have been killed, and nobody knows all that it left half done. */
  readonly sourceMayLack: boolean;
  /** Those of the destination whose folders wait for their modes and times. */
  readonly foldersLeft: readonly string[];
}

/**
 * What earlier runs of the pair left: those that were killed are brought to an end on both sides, what they had done is
 * put into their opslogs, and every opslog that waits is written to the store. Under the lock. A dry run changes neither side.
 */
export async function settleEarlierRuns(run: OpenRun): Promise<Settled> {
  const { source, destination } = run.roots;
  const { foldersLeft } = await settleKilled(run, destination);
  const { notKnown } = await settleKilled(run, source);
  await flushWaiting(run);
  return { sourceMayLack: notKnown, foldersLeft };
}

type Settling = Pick<OpenRun, 'request' | 'store' | 'tell'>;

/**
 * Brings what was killed on a root to an end; a dry run says only that it is to be. Under the lock. `notKnown`: there is a
 * run of which nobody knows whether it was killed, or all that it left half done.
 */
export async function settleKilled(
  run: Settling,
  root: Root,
): Promise<{ readonly notKnown: boolean; readonly foldersLeft: readonly string[] }> {
  const { request, tell } = run;
  if (!request.dryRun) rooted(root, () => removeUnnamedRecords(root.path));
  const { runs, unusable, foldersLeft: leftBefore } = rooted(root, () => killedRuns(root, request));
  for (const text of unusable) tell({ type: 'note', text });
  const foldersLeft = [...leftBefore];
  let notKnown = unusable.length > 0;
  for (const killed of runs) {
    if (request.dryRun) leave(run, root, killed);
    else await settle(run, root, killed);
    if (killed.leftFolders) foldersLeft.push(killed.iteration.iteration_uid);
    if (killed.notUsable === undefined) continue;
    tell({ type: 'note', text: killed.notUsable });
    notKnown = true;
  }
  return { notKnown, foldersLeft };
}

function leave({ tell }: Settling, root: Root, killed: KilledRun): void {
  rooted(root, () => killed.lookThrough());
  tell({
    type: 'note',
    text: `${named(killed)} was cut off. The next real run ends what it had begun; until then ${root.path} is as it left it.`,
  });
}

async function settle(run: Settling, root: Root, killed: KilledRun): Promise<void> {
  const { iteration } = killed;
  const ended = await endOf(run, iteration.iteration_uid);
  let done = 0;
  // Beside the one that the run may have left: what is in both is recorded once.
  const opslog = await createOpslog({ logDir: run.request.logDir, iteration: ended ?? iteration });
  try {
    const pieces = killed.settle();
    for (let next = rooted(root, () => pieces.next()); !next.done; next = rooted(root, () => pieces.next())) {
      await opslog.append(next.value);
      done += next.value.length;
    }
    await opslog.append([], { durable: true });
  } finally {
    await opslog.close();
  }
  // Not before: what it had done is told by nothing else.
  rooted(root, () => killed.finish());
  if (ended === undefined)
    run.tell({
      type: 'note',
      text: `${named(killed)} was cut off. What it had begun is ended; ${formatQuantity(done, 'operation')} of it were done.`,
    });
}

function named({ iteration: { iteration_uid: uid, direction, started_at: began } }: KilledRun): string {
  return `The run ${uid} (${direction}, ${began})`;
}

/** SYNC_ROOT_LOST: what was left half done cannot be looked at, and nothing may be built upon it. */
function rooted<Answer>(root: Root, work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    // The engine has said it in an operator's words already.
    const said = error instanceof Problem ? error.data : undefined;
    throw new Problem(
      'SYNC_ROOT_LOST',
      {
        what:
          said?.what ??
          `A run that was cut off left something in ${root.path} that cannot be brought to an end (${code}).`,
        state: 'Nothing else was changed.',
        next: said?.next ?? 'See whether that side is mounted and its disk is well, then run again.',
      },
      { cause: error },
    );
  }
}

/** What a run came to by its own word, where it had one: of those that failed in part the trash does not know the end. */
async function endOf(
  { request: { pair, logDir }, store }: Pick<OpenRun, 'request' | 'store'>,
  uid: string,
): Promise<SyncIteration | undefined> {
  const { opslogs } = await listOpslogs(logDir, { pair });
  const waiting = opslogs.find(({ iteration }) => iteration.iteration_uid === uid)?.iteration;
  const known = waiting ?? (await store.iteration(uid).catch(() => undefined));
  if (known === undefined || known.status === 'running') return undefined;
  return syncIterationSchema.parse(known);
}

async function flushWaiting({
  request: { pair, logDir },
  store,
  ports: { clock },
  signal,
  tell,
}: OpenRun): Promise<void> {
  const { opslogs } = await listOpslogs(logDir, { pair });
  // The database is asked only when there is something to tell it.
  if (opslogs.length === 0) return;
  const { flushed, kept, notes } = await flushLeftovers({ logDir, pair, store, clock, signal });
  if (flushed.length > 0)
    tell({
      type: 'note',
      text: `The records of ${formatQuantity(flushed.length, 'earlier run')} were written.`,
    });
  for (const text of notes) tell({ type: 'note', text });
  const [first] = kept;
  if (first !== undefined)
    tell({
      type: 'note',
      text: `The records of ${formatQuantity(kept.length, 'earlier run')} wait in ${logDir}: ${first.problem.what}`,
    });
}
