import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Problem } from '../../../../shared/problem.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { refused } from '../target-problems.ts';

const cannotBeOpened: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'EACCES',
  'EPERM',
]);

/**
 * Opens what the writer gets as its stdin; without an image, /dev/null. A descriptor, because as root it opens no path that
 * it is told. Links are not followed, and only a file is an image. IMAGE_FILE_MISSING.
 */
export async function openWriterInput(imagePath: string | undefined): Promise<FileHandle> {
  if (imagePath === undefined) return await open('/dev/null', 'r');
  let handle: FileHandle;
  try {
    // O_NONBLOCK: a pipe in the image's place would be waited for; on a file it means nothing.
    handle = await open(imagePath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw cannotBeOpened.has(systemErrorCode(error)) ? imageMissing(error) : error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw imageMissing(undefined);
}

export function imageMissing(cause: unknown): Problem {
  return refused(
    'IMAGE_FILE_MISSING',
    'The unpacked golden image is no longer in the cache as a file that can be read.',
    'Start again: it is unpacked anew.',
    cause,
  );
}
