import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeFrames,
  encodeBytes,
  encodeJson,
  type Frame,
} from '../../../electron/services/drives/writer-frames.ts';
import {
  type WriterMessage,
  writerMessageSchema,
  writerSocketName,
  writerTokenName,
} from '../../../electron/services/drives/writer-protocol.ts';

export const token = 'a'.repeat(64);

/**
 * One thing the app does: it sends bytes (`encodeJson`, `encodeBytes`, or no frame at all), waits for a message of the
 * writer (until its end, at the latest), or does something beside the line.
 */
export type Step = Buffer | WriterMessage['type'] | typeof hangUp | typeof taken | (() => Promise<unknown>);

/** Nothing more is said: the line ends, as when the app is gone. */
export const hangUp = 'hang up';
/** Waits until the line has taken all that was said, which is not before the writer takes it when it is much. */
export const taken = 'taken';

export const say = encodeJson;
export const sayBytes = encodeBytes;

/** How the writer is started, if not as the app does it. */
export interface Start {
  readonly script: string;
  /** A descriptor, or what spawn(3) takes for one. */
  readonly input?: number | 'ignore' | 'pipe';
  /** Instead of the private folder's path alone. */
  readonly parameters?: (folder: string) => readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly currentFolder?: string;
  /** Changes the private folder after it was made and before the writer starts. */
  readonly prepare?: (folder: string) => Promise<unknown>;
}

/** How it ended, and what it said. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** On stdout and stderr. */
  readonly words: string;
  readonly messages: readonly WriterMessage[];
  /** Bytes of the frames that are no messages. */
  readonly content: readonly Extract<Frame, { kind: 'bytes' }>[];
  /** The code of its last word; `undefined` when that was no problem. */
  readonly problem: string | undefined;
  readonly state: string | undefined;
}

/**
 * Starts the built writer alone, as `node writer.mjs <folder>`, is the app for it, and resolves when its process ended.
 * When the steps are over, it is listened to until its end.
 */
export async function runWriter(start: Start, steps: readonly Step[]): Promise<End> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-forged-'));
  const server = createServer().listen(join(folder, writerSocketName));
  const line = new AppEnd();
  server.once('connection', (socket) => line.talk(socket, steps));
  try {
    await once(server, 'listening');
    await writeFile(join(folder, writerTokenName), token, { mode: 0o600 });
    await start.prepare?.(folder);
    const child = spawn(process.execPath, [start.script, ...(start.parameters?.(folder) ?? [folder])], {
      stdio: [start.input ?? 'ignore', 'pipe', 'pipe'],
      env: start.environment ?? { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      cwd: start.currentFolder ?? '/',
    });
    let words = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    child.stdin?.on('error', () => undefined).end();
    await once(child, 'close');
    await line.over;
    const last = line.messages.at(-1);
    const problem = last?.type === 'problem' ? last.problem : undefined;
    return {
      code: child.exitCode,
      signal: child.signalCode,
      words,
      messages: line.messages,
      content: line.content,
      problem: problem?.code,
      state: problem?.state,
    };
  } finally {
    line.hangUp();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

class AppEnd {
  readonly messages: WriterMessage[] = [];
  readonly content: Extract<Frame, { kind: 'bytes' }>[] = [];
  /** Resolves when nothing is being said any more, which is at once when nobody came. */
  over: Promise<unknown> = Promise.resolve();
  #socket: Socket | undefined;

  talk(socket: Socket, steps: readonly Step[]): void {
    this.#socket = socket;
    // A writer that ended is seen by reading.
    socket.on('error', () => undefined);
    const messages = this.#listen(socket);
    const work = async () => {
      await messages.next();
      for (const step of steps) {
        if (Buffer.isBuffer(step)) socket.write(step);
        else if (typeof step === 'function') await step();
        else if (step === hangUp) socket.end();
        else if (step === taken) await isTaken(socket);
        else if (await isOver(messages, step)) return;
      }
      await isOver(messages, 'end');
    };
    this.over = work().catch((error: unknown) => {
      if (!isBrokenLine(error)) throw error;
    });
  }

  async *#listen(socket: Socket): AsyncGenerator<WriterMessage> {
    for await (const frame of decodeFrames(socket)) {
      if (frame.kind === 'bytes') {
        this.content.push(frame);
        continue;
      }
      const message = writerMessageSchema.parse(JSON.parse(frame.text));
      this.messages.push(message);
      yield message;
    }
  }

  hangUp(): void {
    this.#socket?.destroy();
  }
}

function isTaken(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    // Also when it failed: the line is over then.
    socket.write('', () => resolve());
  });
}

/** Reads until that message came, or answers true at the end. */
async function isOver(messages: AsyncGenerator<WriterMessage>, wanted: string): Promise<boolean> {
  for (;;) {
    const { value, done } = await messages.next();
    if (done === true) return true;
    if (value.type === wanted) return false;
  }
}

/** That the writer broke off the line is an end like any other. */
function isBrokenLine(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
