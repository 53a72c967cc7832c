import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { cancelled } from '../../../../../shared/problem.ts';
import { agreedFile } from '../agreed-records.ts';
import { addFindings, noFindings } from './findings.ts';
import type { Findings } from './findings.ts';
import { FolderWalk } from './folder-walk.ts';
import { SurveyThreads } from './survey-threads.ts';
import type { WalkRequest } from './walk-request.ts';

/** Names looked at before a thread is started at all: in the time that it takes to start one. */
const firstEntries = 4000;
/** Names looked at here before the threads' answers get their turn: some three milliseconds. */
const sliceEntries = 800;
/** A name that takes longer waits for a disk or a server, not for a processor: then more threads than processors help. */
const waitingMicroseconds = 40;

interface SurveyOptions {
  readonly signal: AbortSignal;
  /** At most so many threads walk. */
  readonly workers: number;
  readonly progress?: ((entries: number) => void) | undefined;
  /** Perhaps started already. They are ended with the survey. */
  readonly threads?: SurveyThreads | undefined;
}

/**
 * Walks both sides from their roots; nothing is written to either. A small tree is walked in this thread alone. A large one is
 * walked by others as well, which give back what they did not get to, so that none is idle while there is work; this thread
 * goes on walking in slices, but not where it has a window to keep alive. Where whole files are read it walks nothing itself:
 * a single one of them may take minutes, and this thread keeps the lock. CANCELLED.
 */
export async function survey(request: WalkRequest, options: SurveyOptions): Promise<Findings> {
  const walk = new FolderWalk(request);
  const found = noFindings();
  const { threads = new SurveyThreads() } = options;
  threads.begin(request, (findings, left) => {
    if (findings) addFindings(found, findings);
    walk.push(left);
  });
  walk.push([{ on: 'both', path: '' }]);
  const walksAlong = process.versions['electron'] === undefined && !request.checksum;
  const stopped = Promise.withResolvers<void>();
  const stop = (): void => stopped.resolve();
  options.signal.addEventListener('abort', stop);
  try {
    let done = false;
    /** Whether it was worked out how many threads are of use, once there is a pace to judge by. */
    let decided = false;
    let spent = 0;
    const step = (names: number): void => {
      const began = performance.now();
      done = walk.step(names);
      spent += performance.now() - began;
      if (done || decided || (walksAlong && walk.found < firstEntries)) return;
      decided = true;
      threads.start(threadsFor(spent / walk.found, walksAlong, options.workers));
    };
    if (request.checksum) {
      decided = true;
      threads.start(options.workers);
    } else step(threads.count > 0 ? sliceEntries : firstEntries);
    while (!done || threads.busy) {
      threads.handOut(
        () => walk.waiting,
        (most) => walk.giveAway(most),
      );
      const walksHere = walksAlong || threads.count === 0 || walk.inFolder;
      if (walksHere && !done) {
        step(sliceEntries);
        await setImmediate();
      } else await Promise.race([threads.answered(), stopped.promise]);
      if (options.signal.aborted) throw cancelled('Nothing was changed.');
      options.progress?.(found.entries + walk.found);
      done = walk.waiting === 0 && !walk.inFolder;
    }
  } finally {
    options.signal.removeEventListener('abort', stop);
    threads.end();
  }
  addFindings(found, walk.takeFindings());
  return found;
}

/** `pace`: milliseconds for a name, looked at in this thread. */
function threadsFor(pace: number, walksAlong: boolean, workers: number): number {
  const waits = pace * 1000 > waitingMicroseconds;
  const useful = waits ? workers : Math.min(workers, availableParallelism());
  return walksAlong ? useful - 1 : useful;
}

/** The size from which on a record of both sides is one of some five thousand files. */
const largeRecordBytes = 256 << 10;

/**
 * Threads for a survey that is to come, started now when the last pass left a large record, so that they are there when the
 * roots have been looked at. Whoever does not come to the survey ends them.
 */
export function surveyThreadsAhead({
  logDir,
  pair,
  workers,
}: {
  readonly logDir: string;
  readonly pair: string;
  readonly workers: number;
}): SurveyThreads {
  const threads = new SurveyThreads();
  if (recordBytes(agreedFile(logDir, pair)) > largeRecordBytes) threads.start(threadsFor(0, true, workers));
  return threads;
}

function recordBytes(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
