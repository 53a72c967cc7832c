import canonicalize from 'canonicalize';
import { asProblem, cancelled, Problem } from '../../../shared/problem.ts';
import type { VerifiedRange } from '../../../shared/schemas/card.ts';
import type { ByteRange } from '../../imaging/block-source.ts';
import { HEAD_SIZE } from '../../imaging/card-layout.ts';
import type { BurnedDrive, DriveBurn, DriveReading, DriveWriter } from './drive-writer.ts';
import type { WriterLauncher } from './launch/writer-launcher.ts';
import { openWriterSession, type WriterSession } from './writer-session.ts';
import { writerProtocolVersion } from './writer-protocol.ts';

const largestBytesFrame = 2 ** 20;

/**
 * Burns and reads real drives through the elevated writer, one of which is started for each job. `patience`, in
 * milliseconds, is for a writer that was told to stop.
 */
export function createDriveWriter(launcher: WriterLauncher, patience?: number): DriveWriter {
  return {
    async burn(job) {
      const { plan, imagePath, signal } = job;
      const onWaiting = (text: string) => job.onWaiting(text);
      const request = { imagePath, drivePath: plan.target.path, onWaiting };
      const session = await openWriterSession(launcher, request, signal, patience);
      const states = burnStates(job);
      let state = states.untouched;
      const reached = (next: keyof typeof states) => {
        state = states[next];
      };
      return await stoppable(
        session,
        signal,
        () => state,
        () => runBurn(session, job, reached),
      );
    },

    async read(job) {
      const { target, signal } = job;
      const onWaiting = (text: string) => job.onWaiting(text);
      const request = { imagePath: undefined, drivePath: target.path, onWaiting };
      const session = await openWriterSession(launcher, request, signal, patience);
      await stoppable(
        session,
        signal,
        () => 'The drive was only read.',
        () => runRead(session, job),
      );
    },
  };
}

/** From the app's side: what the drive is like if nothing more is heard of the writer. */
function burnStates({ plan: { target } }: DriveBurn) {
  const drive = `${target.label} (${target.path})`;
  return {
    untouched: `Nothing was written to ${drive}.`,
    erasing: `${drive} was about to be erased: it may still boot what was on it before. Do not use it.`,
    erased: `${drive} is erased at its start: it does not boot, and what was on it is lost.`,
    booting: `${drive} may boot, but it is not proven: do not use it.`,
  };
}

/**
 * Runs one job; whatever ends it early ends the writer too, and the problem says the state that the writer says it left,
 * or the one that is known here when it says nothing more.
 */
async function stoppable<Result>(
  session: WriterSession,
  signal: AbortSignal,
  stateKnownHere: () => string,
  work: () => Promise<Result>,
): Promise<Result> {
  // Sent while the work waits for the writer, who then ends it with a problem.
  const cancel = () => session.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    if (signal.aborted) throw cancelled('');
    return await work();
  } catch (error) {
    const problem = asProblem(error);
    const state = (await session.stop()) || stateKnownHere();
    if (signal.aborted) throw cancelled(state);
    // A mistake of ours: the job says the state that its journal would, if it were cut off here.
    if (problem === undefined) throw error;
    throw new Problem(problem.code, { ...problem.data, state }, { cause: error });
  } finally {
    signal.removeEventListener('abort', cancel);
    await session.close();
  }
}

async function runBurn(
  session: WriterSession,
  job: DriveBurn,
  reached: (state: 'erasing' | 'erased' | 'booting') => void,
): Promise<BurnedDrive> {
  const planText = canonicalize(job.plan);
  if (planText === undefined) throw new Error('a plan is an object');
  const proven = new Map<number, VerifiedRange>();
  let isErased = false;
  // Its first word about erasing is that what made the drive boot is gone.
  const erased = async () => {
    if (isErased) return;
    isErased = true;
    reached('erased');
    await job.afterErasing();
  };
  const until = async (end: 'ready' | 'body' | 'head' | 'done') => {
    for (;;) {
      const message = await session.next();
      if ('kind' in message) throw new Error('a writer sent bytes in a burn');
      if (message.type === end) return message;
      if (message.type === 'progress') {
        if (message.step === 'erase') await erased();
        job.onProgress(message);
      } else if (message.type === 'piece') {
        const piece = job.pieces[message.index];
        if (piece === undefined) throw new Error(`a writer read piece ${message.index}`);
        proven.set(message.index, await job.accept(piece, message.sha256));
      } else throw new Error(`a writer said ${message.type} before ${end}`);
    }
  };
  const requireProof = (wanted: (piece: ByteRange) => boolean) => {
    const missing = job.pieces.findIndex((piece, index) => wanted(piece) && !proven.has(index));
    if (missing !== -1) throw new Error(`a writer did not read piece ${missing}`);
  };

  await session.send({
    type: 'burn',
    protocol: writerProtocolVersion,
    planText,
    planDigest: job.planDigest,
    pieces: job.pieces.map(({ offset, length }) => [offset, length]),
    deltaBytes: job.delta.reduce((sum, { length }) => sum + length, 0),
  });
  for (const { offset, length } of job.delta) {
    for (let at = 0; at < length; at += largestBytesFrame) {
      const part = job.readDelta(offset + at, Math.min(largestBytesFrame, length - at));
      await session.sendBytes(offset + at, part);
    }
  }
  await session.send({ type: 'begin' });
  await until('ready');
  await job.beforeErasing();
  reached('erasing');
  await session.send({ type: 'erase' });
  await until('body');
  requireProof(({ offset }) => offset >= HEAD_SIZE);
  await job.beforeHead();
  reached('booting');
  await session.send({ type: 'head' });
  await until('head');
  requireProof(() => true);
  await session.send({ type: 'finish' });
  const done = await until('done');
  const ranges = job.pieces.map((_, index) => proven.get(index)).filter((range) => range !== undefined);
  const bytes = ranges.reduce((sum, { length }) => sum + length, 0);
  return {
    target: job.plan.target,
    writtenBytes: bytes,
    verifiedBytes: bytes,
    ranges,
    ejected: done.type === 'done' && done.ejected,
  };
}

async function runRead(session: WriterSession, job: DriveReading): Promise<void> {
  const { target, pieces } = job;
  await session.send({
    type: 'read',
    protocol: writerProtocolVersion,
    path: target.path,
    identity: target.identity,
    size: target.size,
    pieces: pieces.map(({ offset, length }) => [offset, length]),
    contents: pieces.flatMap(({ content }, index) => (content ? [index] : [])),
  });
  const missing = new Set(pieces.keys());
  let held: Uint8Array[] = [];
  for (;;) {
    const message = await session.next();
    if ('kind' in message) {
      held.push(message.bytes);
      continue;
    }
    if (message.type === 'done') break;
    if (message.type === 'progress') job.onProgress(message.done, message.total);
    if (message.type !== 'piece') continue;
    const piece = pieces[message.index];
    if (piece === undefined || !missing.delete(message.index)) {
      throw new Error(`a writer read piece ${message.index}`);
    }
    await job.onPiece(piece, piece.content ? { bytes: Buffer.concat(held) } : { sha256: message.sha256 });
    held = [];
  }
  if (missing.size > 0) throw new Error(`a writer did not read ${missing.size} pieces`);
}
