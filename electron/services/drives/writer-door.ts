import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { systemErrorCode } from '../durable/system-error.ts';
import { fillNewFile } from '../durable/write-file.ts';
import { doorPrefix, removeStaleDoors } from './stale-doors.ts';
import { refused } from './target-problems.ts';
import { keepOthersOut, namePipe } from './windows-door.ts';
import { decodeFrames, type Frame } from './writer-frames.ts';
import {
  writerMessageSchema,
  writerProtocolVersion,
  writerSocketName,
  writerTokenName,
} from './writer-protocol.ts';

/** Of sockaddr_un, unix(7), without its final zero. */
const longestSocketPath = 107;
const tokenBytes = 32;

/** A private folder with a socket that one writer comes in by, once. */
export interface WriterDoor {
  readonly folder: string;
  /** The writer's end of the line, and its frames from the second on; rejects when the door is closed first. */
  readonly arrived: Promise<{ socket: Socket; frames: AsyncGenerator<Frame> }>;
  /** Nobody comes in any more; the folder is gone. */
  close(): Promise<void>;
}

/**
 * Opens a door for the elevated writer, in the user's runtime folder (XDG Base Directory Specification) or, without
 * one, where temporary files are. Whoever comes without the token is turned away, and the right one is still waited for.
 * ELEVATION_UNAVAILABLE.
 */
export async function openWriterDoor(): Promise<WriterDoor> {
  const folder = await makePrivateFolder();
  try {
    if (process.platform !== 'win32') return await listenIn(folder, socketIn(folder));
    await keepOthersOut(folder);
    return await listenIn(folder, await namePipe(folder));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw inDoorWords(dirname(folder), error);
  }
}

/** The runtime folder can be another user's (`su` keeps its name), or not be there. Windows' own lies in the user's profile. */
async function makePrivateFolder(): Promise<string> {
  const { LOCALAPPDATA = '', XDG_RUNTIME_DIR = '' } = process.env;
  const runtime = process.platform === 'win32' ? join(LOCALAPPDATA, 'Temp') : XDG_RUNTIME_DIR;
  const parents = isAbsolute(runtime) ? [runtime, tmpdir()] : [tmpdir()];
  let failure: unknown;
  for (const parent of parents) {
    try {
      const folder = await mkdtemp(join(parent, doorPrefix));
      // Windows removes a pipe with its process.
      if (process.platform !== 'win32') await removeStaleDoors(parent);
      return folder;
    } catch (error) {
      failure = inDoorWords(parent, error);
    }
  }
  throw failure;
}

/** What the system has against a private folder there. */
function inDoorWords(parent: string, error: unknown): unknown {
  if (systemErrorCode(error) === undefined) return error;
  return refused(
    'ELEVATION_UNAVAILABLE',
    `No private folder for the writer can be made in ${parent}.`,
    'Make room there, or set TMPDIR to a folder that you may write to.',
    error,
  );
}

function socketIn(folder: string): string {
  const path = join(folder, writerSocketName);
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw refused(
      'ELEVATION_UNAVAILABLE',
      `The path of the temporary folder is too long for a socket: ${path}`,
      'Set TMPDIR or XDG_RUNTIME_DIR to a folder with a short path.',
    );
  }
  return path;
}

async function listenIn(folder: string, path: string): Promise<WriterDoor> {
  const token = randomBytes(tokenBytes).toString('hex');
  await fillNewFile(join(folder, writerTokenName), (handle) => handle.writeFile(token).then(() => undefined));
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<WriterDoor['arrived']>>();
  // Who closes the door before anybody came does not wait for this.
  promise.catch(() => undefined);
  /** Whoever came and is not known yet, or was not the first. */
  const strangers = new Set<Socket>();
  let isTaken = false;
  const server = createServer((socket) => {
    strangers.add(socket);
    // The end of a socket is seen by whoever reads it.
    socket.on('error', () => undefined).once('close', () => strangers.delete(socket));
    const frames = decodeFrames(socket);
    void isWriter(frames, token).then((known) => {
      if (!known || isTaken || socket.destroyed) return socket.destroy();
      isTaken = true;
      strangers.delete(socket);
      resolve({ socket, frames });
      return server.close();
    });
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(path, listening);
  });
  return {
    folder,
    arrived: promise,
    async close() {
      server.close();
      for (const socket of strangers) socket.destroy();
      reject(new Error('the door was closed'));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whatever else a stranger says is no reason to fail. */
async function isWriter(frames: AsyncGenerator<Frame>, token: string): Promise<boolean> {
  try {
    const { value: frame } = await frames.next();
    if (frame?.kind !== 'json') return false;
    const hello = writerMessageSchema.parse(JSON.parse(frame.text));
    if (hello.type !== 'hello' || hello.protocol !== writerProtocolVersion) return false;
    const [given, wanted] = [Buffer.from(hello.token), Buffer.from(token)];
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  } catch {
    return false;
  }
}
