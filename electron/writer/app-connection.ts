import { once } from 'node:events';
import { constants } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
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
/** Of frames that are read and not used yet: more than any job needs, since the changes are taken as they come. */
const mostWaitingBytes = 64 << 20;
/** How long the app may take to read the last word when the job is over. */
const partingMilliseconds = 5_000;
/** open(2), in <asm-generic/fcntl.h>: only to look at what is there, and to have it stay the same. Node does not name it. */
const justAPlace = 0o10000000;

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
  /** Resolves when the socket can take more. CANCELLED. */
  send(message: WriterMessage): Promise<void>;
  sendBytes(offset: number, bytes: Uint8Array): Promise<void>;
  /** Says goodbye and waits until all that was sent was taken; not for ever. */
  close(): Promise<void>;
}

/**
 * Connects to the app that made this private folder and proves to be what it started, with the token that only its user
 * and root can read and that works once. Throws when the folder is not private to one user, or holds something else.
 *
 * Whoever owns the folder may change it at any moment, and a path below it may lead anywhere then; so it is opened once,
 * and what is in it is looked for below the open descriptor (proc_pid_fd(5)), following no link.
 */
export async function connectToApp(folder: string): Promise<AppConnection> {
  if (resolve(folder) !== folder) throw new Error('the folder the writer was started with is no plain path');
  const place = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const { mode, uid } = await place.stat();
    if ((mode & 0o077) !== 0) throw new Error('the folder the writer was started with is not a private one');
    const inside = `/proc/self/fd/${place.fd}`;
    const token = await takeToken(join(inside, writerTokenName), uid);
    const socket = await connectToOwner(join(inside, writerSocketName), uid);
    return await introduce(socket, token);
  } finally {
    await place.close();
  }
}

/** Says who has come, on a line that is there. */
export async function introduce(socket: Socket, token: string): Promise<AppConnection> {
  const connection = new SocketConnection(socket);
  await connection.send({ type: 'hello', protocol: writerProtocolVersion, token });
  return connection;
}

async function takeToken(path: string, owner: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.uid !== owner || (stats.mode & 0o077) !== 0 || stats.size > longestToken) {
      throw new Error('the token the writer was started with is none');
    }
    await unlink(path);
    // It may have grown since.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestToken), 0, longestToken, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Not to another user's socket: some take orders from whoever is root. */
async function connectToOwner(path: string, owner: number): Promise<Socket> {
  const place = await open(path, justAPlace | constants.O_NOFOLLOW);
  try {
    const stats = await place.stat();
    if (!stats.isSocket() || stats.uid !== owner) throw new Error('nobody waits for the writer');
    const socket = connect(`/proc/self/fd/${place.fd}`);
    await once(socket, 'connect');
    return socket;
  } finally {
    await place.close();
  }
}

class SocketConnection implements AppConnection {
  readonly signal: AbortSignal;
  readonly #socket: Socket;
  readonly #controller = new AbortController();
  readonly #frames: AsyncGenerator<Frame>;
  /** Frames are read ahead of their use, so that a cancellation is seen while the writer is busy. */
  readonly #waiting: Frame[] = [];
  #waitingBytes = 0;
  #wake: (() => void) | undefined;
  #makeRoom: (() => void) | undefined;
  #isClosing = false;
  readonly #over: Promise<void>;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.signal = this.#controller.signal;
    this.#frames = decodeFrames(socket);
    // The end of the socket is seen by whoever reads it.
    socket.on('error', () => undefined);
    this.#over = this.#readAhead();
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
    this.#isClosing = true;
    this.#makeRoom?.();
    const sent = new Promise<void>((isSent) => {
      this.#socket.end(isSent);
      if (this.#socket.destroyed) isSent();
    });
    // What the app still says is taken: the kernel drops our last word with a line that is broken off before (unix(7)).
    const over = Promise.all([sent, this.#over]);
    await Promise.race([over, setTimeout(partingMilliseconds, undefined, { ref: false })]);
    this.#socket.destroy();
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed) throw cancelled('');
    if (this.#socket.write(bytes)) return;
    try {
      await once(this.#socket, 'drain', { signal: this.signal });
    } catch {
      // Nobody takes it any more, for whatever reason.
      throw cancelled('');
    }
  }

  async #next(): Promise<Frame> {
    for (;;) {
      if (this.signal.aborted) throw cancelled('');
      const frame = this.#waiting.shift();
      if (frame !== undefined) {
        this.#waitingBytes -= sizeOf(frame);
        this.#makeRoom?.();
        return frame;
      }
      await new Promise<void>((woken) => {
        this.#wake = woken;
      });
    }
  }

  async #readAhead(): Promise<void> {
    try {
      for await (const frame of this.#frames) {
        if (frame.kind === 'json' && isCancel(frame.text)) this.#stop();
        // Nobody asks any more; but to stop reading would end the line before the last word.
        if (this.signal.aborted || this.#isClosing) continue;
        this.#waiting.push(frame);
        this.#waitingBytes += sizeOf(frame);
        this.#wake?.();
        while (this.#waitingBytes > mostWaitingBytes && !this.#isClosing) {
          await new Promise<void>((room) => {
            this.#makeRoom = room;
          });
        }
      }
    } catch {
      // What is no frame, and a line that breaks, end it as its end does.
    }
    this.#stop();
  }

  #stop(): void {
    this.#controller.abort();
    this.#wake?.();
  }
}

/** A frame takes memory also when it is empty. */
function sizeOf(frame: Frame): number {
  return 128 + (frame.kind === 'json' ? frame.text.length : frame.bytes.length);
}

function isCancel(text: string): boolean {
  return text.length < 64 && text.includes('"cancel"');
}
