import { chmod, constants, copyFile, type FileHandle, open, rm, statfs } from 'node:fs/promises';
import { systemErrorCode } from '../durable/system-error.ts';
import { checkedContent, type ContentChecks } from './checked-content.ts';
import { decompress } from './decompress.ts';
import { type DigestedImage, digestImage } from './digested-image.ts';
import type { HashThread } from './hash-thread.ts';
import type { ImageFormat } from './image-format.ts';
import { digestMismatch } from './image-problems.ts';
import type { ReportProgress, SourceFile } from './source-file.ts';
import { temporaryPath } from './temporary-files.ts';
import { unzip } from './unzip.ts';
import { writeImage } from './write-image.ts';

/** A published file on its way into the cache. */
export interface Addition {
  readonly folder: string;
  readonly file: string;
  readonly fileSha256: string;
  readonly xzProgram: string | undefined;
  readonly now: Date;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ReportProgress | undefined;
}

/** On a file system with reflinks a raw image costs neither time nor space. What is then hashed is the clone itself. */
export async function cloneImage(file: string, temporary: string): Promise<boolean> {
  try {
    await copyFile(file, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    await chmod(temporary, 0o600);
    return true;
  } catch (error) {
    // No reflinks here, or none between the two disks: the bytes are copied instead, and tell what else is wrong.
    if (systemErrorCode(error) === undefined) throw error;
    await rm(temporary, { force: true });
    return false;
  }
}

export interface Filling {
  readonly source: SourceFile;
  readonly format: ImageFormat;
  /** The file holds the published one already. */
  readonly cloned: boolean;
  readonly addition: Addition;
  readonly thread: HashThread;
}

/** Fills the temporary file; answers only when the published file's digest is the inventory's. */
export async function fillImage(
  handle: FileHandle,
  { source, format, cloned, addition, thread }: Filling,
): Promise<DigestedImage> {
  const { folder, file, fileSha256, xzProgram, signal, onProgress } = addition;
  const checks = async (): Promise<ContentChecks> => ({
    file,
    folder,
    signal,
    limitBytes: await freeBytes(folder),
  });
  if (format === 'raw') {
    const written = cloned
      ? await digestImage(handle, { thread, signal, onProgress })
      : await writeImage(
          handle,
          checkedContent(source.read({ signal, onProgress, hashed: false }), await checks()),
          thread,
        );
    expectDigest(file, fileSha256, written.sha256);
    return written;
  }
  if (format === 'zip') {
    // Its table of contents is at its end: unpacked from a copy, so that what was hashed is what is unpacked.
    const copy = temporaryPath(folder);
    try {
      const half = source.size;
      const read = source.read({
        signal,
        onProgress: (done, total) => onProgress?.(done, total + half),
        hashed: false,
      });
      expectDigest(file, fileSha256, await copyArchive(copy, read, thread));
      const entry = unzip(copy, {
        file,
        onProgress: (part) => onProgress?.(Math.round(half * (1 + part)), 2 * half),
      });
      return await writeImage(handle, checkedContent(entry, await checks()), thread);
    } finally {
      await rm(copy, { force: true });
    }
  }
  const content = decompress(format, source.read({ signal, onProgress }), { file, xzProgram });
  const written = await writeImage(handle, checkedContent(content, await checks()), thread);
  expectDigest(file, fileSha256, source.sha256());
  return written;
}

async function copyArchive(
  path: string,
  content: AsyncIterable<Uint8Array>,
  thread: HashThread,
): Promise<string> {
  const handle = await open(path, 'wx', 0o600);
  try {
    return (await writeImage(handle, content, thread)).sha256;
  } finally {
    await handle.close();
  }
}

function expectDigest(file: string, expected: string, found: string): void {
  if (found !== expected) throw digestMismatch(file, expected, found);
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
