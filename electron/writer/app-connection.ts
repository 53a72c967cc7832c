import { once } from 'node:events';
import { constants } from 'node:fs';
import { lstat, open, unlink } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { cancelled } from '../../shared/problem.ts';
import { decodeFrames, encodeBytes, encodeJson, type Frame } from '../services/drives/writer-frames.ts';
import {
  type AppMessage,
  appMessageSchema,
  type WriterMessage,
  writerProtocolVersion,
  writerSocketName,
  writerTokenName,
} from '../services/drives/writer-protocol.ts';

const longestToken = 128;

/** The app at the other end of the socket. Whatever it says that is no message of the protocol ends the writer. */
export interface AppConnection {
  /** Aborted by `cancel` and by the end of the socket: an app that is gone wants nothing more. */
  readonly signal: AbortSignal;
  /** The next message, if it is of the type that must come now; throws on another one, and CANCELLED on a cancellation. */
  expect<Type extends AppMessage['type']>(
    type: Type,
    ...others: readonly Type[]
  ): Promise<Extract<AppMessage, { type: Type }>>;
  /** The next frame, which must be bytes. */
  expectBytes(): Promise<Extract<Frame, { kind: 'bytes' }>>;
  /** Resolves when the socket can take more. */
  send(message: WriterMessage): Promise<void>;
  sendBytes(offset: number, bytes: Uint8Array): Promise<void>;
  /** Says goodbye and waits until all that was sent is on its way. */
  close(): Promise<void>;
}

/**
 * Connects to the app that made this private folder and proves to be what it started, with the token that only its user
 * and root can read and that works once. Throws when the folder is not private to one user.
 */
export async function connectToApp(folder: string): Promise<AppConnection> {
  const token = await takeToken(folder);
  const socket = connect(join(folder, writerSocketName));
  await once(socket, 'connect');
  const connection = new SocketConnection(socket);
  await connection.send({ type: 'hello', protocol: writerProtocolVersion, token });
  return connection;
}

/** The folder must be nobody's but its owner's, since who can write into it could hand in another socket. */
async function takeToken(folder: string): Promise<string> {
  const place = await lstat(folder);
  if (!place.isDirectory() || (place.mode & 0o077) !== 0) {
    throw new Error('the folder the writer was started with is not a private one');
  }
  const path = join(folder, writerTokenName);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.uid !== place.uid || stats.size > longestToken) {
      throw new Error('the token the writer was started with is none');
    }
    await unlink(path);
    return await file.readFile('latin1');
  } finally {
    await file.close();
  }
}

class SocketConnection implements AppConnection {
  readonly signal: AbortSignal;
  readonly #socket: Socket;
  readonly #controller = new AbortController();
  readonly #frames: AsyncGenerator<Frame>;
  /** Frames are read ahead of their use, so that a cancellation is seen while the writer is busy. */
  readonly #waiting: Frame[] = [];
  #wake: (() => void) | undefined;
  #ended: { error: unknown } | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.signal = this.#controller.signal;
    this.#frames = decodeFrames(socket);
    // The end of the socket is seen by whoever reads it.
    socket.on('error', () => undefined);
    void this.#readAhead();
  }

  async expect<Type extends AppMessage['type']>(...types: readonly Type[]) {
    const frame = await this.#next();
    if (frame.kind !== 'json') throw new RangeError(`bytes where ${types.join(' or ')} was expected`);
    const message = appMessageSchema.parse(JSON.parse(frame.text));
    const isExpected = (one: AppMessage): one is Extract<AppMessage, { type: Type }> =>
      types.some((type) => type === one.type);
    if (!isExpected(message))
      throw new RangeError(`${message.type} where ${types.join(' or ')} was expected`);
    return message;
  }

  async expectBytes() {
    const frame = await this.#next();
    if (frame.kind !== 'bytes') throw new RangeError('a message where bytes were expected');
    return frame;
  }

  send(message: WriterMessage): Promise<void> {
    return this.#write(encodeJson(message));
  }

  sendBytes(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#write(encodeBytes(offset, bytes));
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.end(resolve);
      if (this.#socket.destroyed) resolve();
    });
    this.#socket.destroy();
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed) throw cancelled('');
    if (!this.#socket.write(bytes)) await once(this.#socket, 'drain', { signal: this.signal });
  }

  async #next(): Promise<Frame> {
    for (;;) {
      if (this.signal.aborted) throw cancelled('');
      const frame = this.#waiting.shift();
      if (frame !== undefined) return frame;
      if (this.#ended !== undefined) throw this.#ended.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #readAhead(): Promise<void> {
    try {
      for await (const frame of this.#frames) {
        if (frame.kind === 'json' && isCancel(frame.text)) break;
        this.#waiting.push(frame);
        this.#wake?.();
      }
    } catch (error) {
      this.#ended = { error };
    }
    this.#controller.abort();
    this.#wake?.();
  }
}

function isCancel(text: string): boolean {
  return text.length < 64 && text.includes('"cancel"');
}
