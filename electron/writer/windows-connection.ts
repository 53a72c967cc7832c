import { once } from 'node:events';
import { lstat, open } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isLocalFilePath } from '../services/drives/launch/local-path.ts';
import {
  writerImageName,
  writerPipePattern,
  writerSocketName,
  writerTokenName,
} from '../services/drives/writer-protocol.ts';
import { type AppConnection, introduce } from './app-connection.ts';

const longestText = 4096;

/**
 * Connects to the app that made this private folder, as `connectToApp` does on Linux, over the pipe that is named in it.
 * Windows has neither owners nor modes that Node could look at, and no way to look below an open folder: whoever may
 * change the folder can lead each of its names to another file. So what is read must be exactly what it is there for, and
 * of anything else not one byte is said to anybody.
 */
export async function connectOverPipe(
  folder: string,
): Promise<{ app: AppConnection; imagePath: string | undefined }> {
  if (!isLocalFilePath(folder)) throw new Error('the folder the writer was started with is no plain path');
  const token = await readText(join(folder, writerTokenName));
  const pipe = await readText(join(folder, writerSocketName));
  // Not to another pipe, some of which take orders from whoever is an administrator; nor to one of another machine.
  if (!/^[0-9a-f]{64}$/.test(token ?? '') || pipe === undefined || !writerPipePattern.test(pipe)) {
    throw new Error('nobody waits for the writer');
  }
  const imagePath = await readText(join(folder, writerImageName));
  const socket = connect(pipe);
  await once(socket, 'connect');
  return { app: await introduce(socket, token ?? ''), imagePath };
}

/** A small file's text; `undefined` when there is none. */
async function readText(path: string): Promise<string | undefined> {
  const about = await lstat(path).catch(() => undefined);
  if (about === undefined) return undefined;
  if (!about.isFile() || about.size > longestText) throw new Error(`${path} is not what it should be`);
  const file = await open(path, 'r');
  try {
    // It may have grown since.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestText), 0, longestText, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
