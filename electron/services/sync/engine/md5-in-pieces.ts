import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { cancelled } from '../../../../shared/problem.ts';
import { nativePath } from './byte-names.ts';
import type { ByteName, Entry } from './entry.ts';
import { md5Flags, md5OfFile } from './md5-file.ts';

/** As long as it takes to read and hash so much, nothing else of this thread waits noticeably. */
const pieceBytes = 1 << 20;

/**
 * As md5OfFile, for a thread that has more to do: a file of many gigabytes, or on a disk that does not answer, keeps no
 * heartbeat of a lock waiting. CANCELLED.
 */
export async function md5InPieces(
  path: ByteName,
  expected: Entry,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Nearly all files, for which a way through the thread pool would cost more than the bytes.
  if (expected.size <= pieceBytes) return md5OfFile(path, expected);
  const file = await open(nativePath(path), md5Flags);
  try {
    if (!(await isStill(file, expected))) return undefined;
    const hash = createHash('md5');
    const piece = Buffer.allocUnsafe(pieceBytes);
    for (let at = 0; at < expected.size; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (signal.aborted) throw cancelled('Nothing was changed.');
      if (bytesRead === 0) return undefined;
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    return (await isStill(file, expected)) ? hash.digest('hex') : undefined;
  } finally {
    await file.close();
  }
}

async function isStill(file: FileHandle, expected: Entry): Promise<boolean> {
  const about = await file.stat();
  return about.isFile() && about.size === expected.size && about.mtimeMs === expected.mtimeMs;
}
