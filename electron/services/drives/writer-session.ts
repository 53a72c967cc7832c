import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { asProblem, cancelled, Problem } from '../../../shared/problem.ts';
import type { StartedWriter, WriterLauncher, WriterStart } from './launch/writer-launcher.ts';
import { openWriterDoor } from './writer-door.ts';
import { encodeBytes, encodeJson, type Frame } from './writer-frames.ts';
import { type AppMessage, type WriterMessage, writerMessageSchema } from './writer-protocol.ts';

/** How long a writer that was told to stop may take to leave the drive in a known state. */
export const defaultPatience = 30_000;
/** How long the end of its process is waited for when its work is over. */
const endingMilliseconds = 2_000;

/** One line to one writer, from its start to its end. */
export interface WriterSession {
  /** The next message or bytes; rejects with what the writer says is wrong, and WRITER_DIED when it says nothing more. */
  next(): Promise<WriterMessage | Extract<Frame, { kind: 'bytes' }>>;
  send(message: AppMessage): Promise<void>;
  sendBytes(offset: number, bytes: Uint8Array): Promise<void>;
  /** Tells the writer to stop; when it says nothing more in time, because its drive hangs, the line is cut. */
  cancel(): void;
  /** Cancels unless the writer has stopped, and answers the state it says it left; `undefined` when it said none. */
  stop(): Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * Starts a writer and waits for it, as long as the operator takes to allow it. ELEVATION_REFUSED, ELEVATION_UNAVAILABLE,
 * WRITER_MISSING, WRITER_DIED, CANCELLED.
 */
export async function openWriterSession(
  launcher: WriterLauncher,
  request: Omit<WriterStart, 'folder'>,
  signal: AbortSignal,
  patience = defaultPatience,
): Promise<WriterSession> {
  const door = await openWriterDoor();
  let writer: StartedWriter | undefined;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  const abort = () => reject(cancelled('Nothing was written.'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) throw cancelled('Nothing was written.');
    writer = await launcher.start({ ...request, folder: door.folder });
    const ended = writer.ended.then((problem) => {
      throw problem ?? died('Nothing was written.');
    });
    // It ends in any case, sooner or later.
    ended.catch(() => undefined);
    const { socket, frames } = await Promise.race([door.arrived, ended, aborted]);
    return new SocketSession(socket, frames, writer, patience);
  } catch (error) {
    writer?.stop();
    // It may have come in at the very moment in which nobody wanted it any more.
    void door.arrived.then(
      ({ socket }) => socket.destroy(),
      () => undefined,
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    await door.close();
  }
}

class SocketSession implements WriterSession {
  readonly #socket: Socket;
  readonly #frames: AsyncGenerator<Frame>;
  /**
   * The next frame is read before anybody asks for it: what was not read yet when a write to a line that was left fails, Node
   * drops, and it would be the writer's last word.
   */
  #ahead: Promise<IteratorResult<Frame>>;
  /** The writer has said something that nobody has asked for yet, or nothing more will come of it. */
  #hasSpoken = false;
  /** Whoever waits for the line to take more. */
  readonly #sending = new Set<() => void>();
  readonly #writer: StartedWriter;
  /** Milliseconds. */
  readonly #patience: number;
  #cut: NodeJS.Timeout | undefined;
  /** What its last word said. */
  #stateLeft: string | undefined;

  constructor(socket: Socket, frames: AsyncGenerator<Frame>, writer: StartedWriter, patience: number) {
    this.#socket = socket;
    this.#frames = frames;
    this.#writer = writer;
    this.#patience = patience;
    this.#ahead = this.#readAhead();
  }

  async next() {
    let frame: Frame | undefined;
    try {
      ({ value: frame } = await this.#ahead);
    } catch {
      throw died('');
    }
    this.#ahead = this.#readAhead();
    if (frame === undefined) throw died('');
    if (frame.kind === 'bytes') return frame;
    const message = writerMessageSchema.parse(JSON.parse(frame.text));
    if (message.type !== 'problem') return message;
    const { code, ...data } = message.problem;
    this.#stateLeft = data.state;
    throw new Problem(code, data);
  }

  send(message: AppMessage): Promise<void> {
    return this.#write(encodeJson(message));
  }

  async sendBytes(offset: number, bytes: Uint8Array): Promise<void> {
    // What the writer has said is seen between two pieces only, as long as the kernel takes them at once.
    await setImmediate();
    // It answers no bytes: that is its last word, and it wants no more of them.
    if (this.#hasSpoken) return;
    await this.#write(encodeBytes(offset, bytes));
  }

  cancel(): void {
    if (this.#cut !== undefined) return;
    this.#cut = setTimeout(() => this.#socket.destroy(), this.#patience);
    void this.send({ type: 'cancel' });
  }

  async stop(): Promise<string | undefined> {
    if (this.#stateLeft !== undefined) return this.#stateLeft;
    this.cancel();
    try {
      for (;;) await this.next();
    } catch (error) {
      if (asProblem(error) === undefined) throw error;
      return this.#stateLeft;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#cut);
    this.#socket.destroy();
    // Its end was made sure of; a writer that hangs in the kernel must not hold the app.
    if (this.#writer.kind === 'direct') await Promise.race([this.#writer.ended, pause(endingMilliseconds)]);
  }

  #readAhead(): Promise<IteratorResult<Frame>> {
    this.#hasSpoken = false;
    const ahead = this.#frames.next();
    const spoken = () => {
      this.#hasSpoken = true;
      for (const wake of this.#sending) wake();
    };
    ahead.then(spoken, spoken);
    return ahead;
  }

  async #write(bytes: Buffer): Promise<void> {
    if (!this.#socket.writable) return;
    if (this.#socket.write(bytes) || this.#hasSpoken) return;
    // A line that breaks is no failure of sending: the writer's last word, or that there is none, is for the next to read.
    await new Promise<void>((resolve) => {
      const over = () => {
        this.#socket.off('drain', over).off('close', over);
        this.#sending.delete(over);
        resolve();
      };
      this.#socket.on('drain', over).on('close', over);
      this.#sending.add(over);
    });
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

/** The state is for whoever knows how far the work was. */
export function died(state: string): Problem {
  return new Problem('WRITER_DIED', {
    what: 'The writer ended before its work was done: it was killed, or the system ended it.',
    state,
    next: 'Burn again.',
  });
}
