import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemErrorCode } from './system-error.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Without O_NONBLOCK, opening a named pipe would wait for a writer for ever. Windows has neither of the two. */
const flags = O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
/** What open(2) answers for a link that is not to be followed, and for a socket. */
const notPlainCodes: ReadonlySet<string> = new Set(['ELOOP', 'ENXIO']);

/**
 * A small file as UTF-8. `undefined` for whatever is no plain file of at most `mostBytes`: a link, a named pipe, a device, a
 * folder. Never waits for a writer, and never reads more than that. Throws what the system says, such as ENOENT.
 */
export async function readPlainFile(
  file: string,
  { mostBytes }: { readonly mostBytes: number },
): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, flags);
  } catch (error) {
    if (notPlainCodes.has(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const about = await handle.stat();
    if (!about.isFile() || about.size > mostBytes) return undefined;
    // One byte more than there is: who writes it meanwhile replaces it, so one that grows is none of ours.
    const bytes = Buffer.alloc(about.size + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      length += bytesRead;
      if (length > about.size) return undefined;
      if (bytesRead === 0) return bytes.toString('utf8', 0, length);
    }
  } finally {
    await handle.close();
  }
}
