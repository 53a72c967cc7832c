import { ftruncateSync, readSync, type Stats, writeSync } from 'node:fs';

const pieceBytes = 1 << 20;
/** What file systems leave out of a sparse file: their blocks have this many bytes or a multiple. */
const blockBytes = 4096;
/** statfs(2)'s unit for what a file takes up, whatever its file system's own blocks are. */
const unitOfBlocks = 512;

/** Of each thread its own. */
let piece: Buffer | undefined;
const zeros = Buffer.alloc(pieceBytes);

/**
 * Copies from one open file to another, new one. A file with holes gets holes; its last bytes are set by its length. Copies
 * at most the bytes that `source` says: a file that grows is not followed. `goOn` is called between pieces.
 */
export function copyBytes(input: number, output: number, source: Stats, goOn: () => void): void {
  piece ??= Buffer.allocUnsafeSlow(pieceBytes);
  const sparse = source.blocks * unitOfBlocks < source.size;
  let at = 0;
  while (at < source.size) {
    const wanted = Math.min(pieceBytes, source.size - at);
    const read = readSync(input, piece, 0, wanted, at);
    if (read === 0) break;
    if (sparse) writeWithoutZeros(output, piece, read, at);
    else writeAll(output, piece, { from: 0, to: read, at });
    at += read;
    if (at < source.size) goOn();
  }
  if (sparse) ftruncateSync(output, at);
}

/** Positions in the file are `at` for the first byte of the piece. */
function writeWithoutZeros(output: number, bytes: Buffer, length: number, at: number): void {
  if (isZero(bytes, 0, length)) return;
  let from = 0;
  while (from < length) {
    const end = Math.min(from + blockBytes, length);
    if (isZero(bytes, from, end)) {
      from = end;
      continue;
    }
    let to = end;
    while (to < length && !isZero(bytes, to, Math.min(to + blockBytes, length))) {
      to = Math.min(to + blockBytes, length);
    }
    writeAll(output, bytes, { from, to, at: at + from });
    from = to;
  }
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  return bytes.compare(zeros, 0, to - from, from, to) === 0;
}

/** write(2) may take fewer bytes than it is given, on a disk that is nearly full for one. */
export function writeAll(
  output: number,
  bytes: Buffer,
  { from, to, at }: { from: number; to: number; at: number },
): void {
  for (let done = from; done < to; ) done += writeSync(output, bytes, done, to - done, at + done - from);
}
