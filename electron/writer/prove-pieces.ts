import { createHash, type Hash } from 'node:crypto';
import { cancelled } from '../../shared/problem.ts';
import { allocateAligned } from '../imaging/aligned-buffer.ts';
import type { ByteRange } from '../imaging/block-source.ts';
import type { DeviceLimits } from './device-limits.ts';
import type { HeldDrive } from './held-drive.ts';

/**
 * Reads pieces back from the drive itself, past every cache of this machine, and answers each with its SHA-256, in order.
 * As many stretches are read ahead as the device's queue takes, while one is hashed. Pieces are sorted and disjoint; they
 * need not be aligned.
 */
export async function* provePieces<Piece extends ByteRange>(options: {
  drive: HeldDrive;
  limits: DeviceLimits;
  pieces: readonly Piece[];
  signal: AbortSignal;
  onBytes?: (piece: Piece, bytes: Buffer, offset: number) => Promise<void>;
  onProgress: (bytes: number) => void;
}): AsyncGenerator<{ piece: Piece; sha256: string }> {
  const { drive, limits, pieces, signal, onBytes, onProgress } = options;
  const stretches = alignedStretches(pieces, limits, drive.size);
  // One is hashed while all the others are read into.
  const buffers = Array.from({ length: limits.buffers }, () => allocateAligned(limits.requestSize));
  const start = (number: number) => {
    const stretch = stretches[number];
    const buffer = buffers[number % buffers.length];
    if (stretch === undefined || buffer === undefined) return undefined;
    const bytes = buffer.subarray(0, stretch.length);
    const read = drive.read(bytes, stretch.offset);
    // It is awaited in its turn; until then a failure is nobody's surprise.
    read.catch(() => undefined);
    return { read, bytes, offset: stretch.offset };
  };
  let index = 0;
  let hash: Hash = createHash('sha256');
  let inPiece = 0;
  let done = 0;
  let begun = 0;
  const ahead: NonNullable<ReturnType<typeof start>>[] = [];
  const readAhead = () => {
    while (ahead.length < buffers.length - 1) {
      const reading = start(begun);
      if (reading === undefined) return;
      begun += 1;
      ahead.push(reading);
    }
  };
  readAhead();
  let running = ahead.shift();
  try {
    for (; running; running = ahead.shift()) {
      if (signal.aborted) throw cancelled('');
      const { read, bytes, offset } = running;
      await read;
      readAhead();
      for (let piece = pieces[index]; piece !== undefined; piece = pieces[index]) {
        const from = piece.offset + inPiece - offset;
        if (from >= bytes.length) break;
        const part = bytes.subarray(from, Math.min(bytes.length, piece.offset + piece.length - offset));
        hash.update(part);
        await onBytes?.(piece, part, offset + from);
        inPiece += part.length;
        done += part.length;
        if (inPiece < piece.length) break;
        yield { piece, sha256: hash.digest('hex') };
        hash = createHash('sha256');
        inPiece = 0;
        index += 1;
      }
      onProgress(done);
    }
  } finally {
    // Nothing is read into memory that is nobody's any more.
    const begunReads = running === undefined ? ahead : [running, ...ahead];
    await Promise.allSettled(begunReads.map(({ read }) => read));
  }
}

/** Stretches of the drive that cover the pieces: aligned, as large as one request, no byte twice. */
function alignedStretches(
  pieces: readonly ByteRange[],
  { alignment, requestSize }: DeviceLimits,
  size: number,
): ByteRange[] {
  const stretches: ByteRange[] = [];
  let covered = 0;
  for (const piece of pieces) {
    const end = Math.min(size, Math.ceil((piece.offset + piece.length) / alignment) * alignment);
    let offset = Math.max(covered, piece.offset - (piece.offset % alignment));
    const last = stretches.at(-1);
    // What touches the last stretch is read together with it.
    if (last !== undefined && last.offset + last.length === offset && last.length < requestSize) {
      const more = Math.min(requestSize - last.length, Math.max(0, end - offset));
      stretches[stretches.length - 1] = { offset: last.offset, length: last.length + more };
      offset += more;
    }
    for (; offset < end; offset += requestSize) {
      stretches.push({ offset, length: Math.min(requestSize, end - offset) });
    }
    covered = Math.max(covered, end);
  }
  return stretches;
}
