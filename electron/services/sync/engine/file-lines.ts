import { fstatSync, readSync } from 'node:fs';

/** Lines are longer only with paths of a hundred names. */
const pieceBytes = 1 << 20;
const newline = 10;

/** The lines of an open file in their order, piece by piece: it may be larger than the longest string. */
export function* linesOf(descriptor: number): Generator<string> {
  const { size } = fstatSync(descriptor);
  let rest: Buffer = Buffer.alloc(0);
  for (let at = 0; at < size; at += pieceBytes) {
    const bytes = Buffer.concat([rest, pieceAt(descriptor, at, Math.min(size, at + pieceBytes))]);
    let from = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
      yield bytes.toString('utf8', from, end);
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

/** The same lines, the last one first. */
export function* linesFromTheEnd(descriptor: number): Generator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for (let end = fstatSync(descriptor).size; end > 0; end = Math.max(0, end - pieceBytes)) {
    const bytes = Buffer.concat([pieceAt(descriptor, Math.max(0, end - pieceBytes), end), rest]);
    let to = bytes.length;
    while (to > 0) {
      const before = bytes.lastIndexOf(newline, to - 1);
      if (before < 0) break;
      if (before + 1 < to) yield bytes.toString('utf8', before + 1, to);
      to = before;
    }
    rest = bytes.subarray(0, to);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

/** Whether the last line has no end: a kill, or a full disk. */
export function isCutOff(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  return size > 0 && pieceAt(descriptor, size - 1, size)[0] !== newline;
}

function pieceAt(descriptor: number, from: number, to: number): Buffer {
  const piece = Buffer.alloc(to - from);
  let read = 0;
  while (read < piece.length) {
    const now = readSync(descriptor, piece, read, piece.length - read, from + read);
    if (now === 0) break;
    read += now;
  }
  return piece.subarray(0, read);
}
