import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import { fillNewFile } from '../durable/write-file.ts';
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
 */
export async function openWriterDoor(): Promise<WriterDoor> {
  const folder = await mkdtemp(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'sifaka-writer-'));
  const path = join(folder, writerSocketName);
  if (Buffer.byteLength(path) > longestSocketPath) {
    await rm(folder, { recursive: true });
    throw new Problem('ELEVATION_UNAVAILABLE', {
      what: `The path of the temporary folder is too long for a socket: ${path}`,
      state: 'Nothing was written.',
      next: 'Set TMPDIR or XDG_RUNTIME_DIR to a folder with a short path.',
    });
  }
  const token = randomBytes(tokenBytes).toString('hex');
  await fillNewFile(join(folder, writerTokenName), (handle) => handle.writeFile(token).then(() => undefined));
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<WriterDoor['arrived']>>();
  // Who closes the door before anybody came does not wait for this.
  promise.catch(() => undefined);
  const server = createServer((socket) => {
    // The end of a socket is seen by whoever reads it.
    socket.on('error', () => undefined);
    const frames = decodeFrames(socket);
    void isWriter(frames, token).then((known) => {
      if (known) resolve({ socket, frames });
      else socket.destroy();
      return known && server.close();
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
