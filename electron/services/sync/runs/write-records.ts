import { asProblem } from '../../../../shared/problem.ts';
import type { SyncIteration } from '../../../../shared/schemas/sync-record.ts';
import type { SyncRunReport } from '../../../../shared/schemas/sync-report.ts';
import { flushLeftovers } from './flush.ts';
import type { OpslogWriter } from './opslog-writer.ts';
import type { OpenRun } from './run-sync.ts';

type Recorded = Pick<OpenRun, 'request' | 'store' | 'ports' | 'tell'>;

type Recording = SyncRunReport['recorded'];

/** Ends the opslog with the run's last word and brings it into the store; `kept`: the next run of the pair tries again. */
export async function writeRecords(
  run: Recorded,
  opslog: OpslogWriter,
  iteration: SyncIteration,
): Promise<Recording> {
  await end(opslog, iteration);
  return store(run, iteration);
}

async function end(opslog: OpslogWriter, iteration: SyncIteration): Promise<void> {
  try {
    await opslog.finish(iteration);
  } finally {
    await opslog.close();
  }
}

async function store(
  { request: { pair, logDir }, store: records, ports: { clock }, tell }: Recorded,
  iteration: SyncIteration,
): Promise<Recording> {
  const { kept, notes } = await flushLeftovers({ logDir, pair, store: records, clock });
  for (const text of notes) tell({ type: 'note', text });
  const own = kept.find(({ iterationUid }) => iterationUid === iteration.iteration_uid);
  if (own === undefined) return 'stored';
  tell({
    type: 'note',
    text: `The records of this run wait in ${logDir}, and the next run of the pair writes them. ${own.problem.what}`,
  });
  return 'kept';
}

/**
 * The same after everything was done: a log folder that fails now takes nothing of that back, and is only told of.
 * `end-unwritten`: what is left in it, if anything, says that the run goes on; the next one takes it for cut off.
 */
export async function writeRecordsAnyway(
  run: Recorded,
  opslog: OpslogWriter,
  iteration: SyncIteration,
): Promise<Recording> {
  let recorded: Recording = 'end-unwritten';
  await noted(run, async () => {
    await end(opslog, iteration);
    recorded = 'kept';
    recorded = await store(run, iteration);
  });
  return recorded;
}

/** After a lost lock: the store and the log folder are the new holder's, who flushes this opslog as one that was left. */
export async function leaveRecords(
  run: Recorded,
  opslog: OpslogWriter,
  iteration: SyncIteration,
): Promise<void> {
  await noted(run, () => opslog.finish(iteration));
  await noted(run, () => opslog.close());
  run.tell({ type: 'note', text: `The records of this run wait in ${run.request.logDir}.` });
}

/** Whether it worked; where it did not, a note says why. For what must not hide how a run has ended. */
export async function noted(
  { tell }: Pick<Recorded, 'tell'>,
  work: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (failure) {
    const problem = asProblem(failure);
    if (problem === undefined) throw failure;
    tell({ type: 'note', text: problem.data.what });
    return false;
  }
}
