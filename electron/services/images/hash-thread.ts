import { Worker } from 'node:worker_threads';
import { allocateAlignedShared } from '../../imaging/aligned-buffer.ts';

/** Bytes of a chunk, the grain in which a raw image is hashed, written and read back. */
export const chunkBytes = 4 << 20;
/** One chunk is filled while two are hashed and written. */
export const slotCount = 3;

interface HashMemory {
  readonly memory: SharedArrayBuffer;
  /** Bytes of a slot. */
  readonly size: number;
}

interface HashRequest {
  readonly slot: number;
  readonly length: number;
  /** They were looked at already, and need no hashing of their own. */
  readonly zeros: boolean;
  /** Chunks in their order also make up the digest of the whole. */
  readonly partOfWhole: boolean;
}

/** Computes SHA-256 on another core, of chunks that lie in memory shared with it: nothing is copied. */
export class HashThread {
  /** Memory of one chunk each, aligned for direct I/O. */
  readonly slots: readonly Buffer[];
  readonly #worker: Worker;
  /** The thread answers in the order it was asked. */
  readonly #waiting: PromiseWithResolvers<Buffer>[] = [];
  #failure: { error: unknown } | undefined;

  constructor() {
    const memory = allocateAlignedShared(slotCount * chunkBytes);
    this.slots = Array.from({ length: slotCount }, (_, slot) =>
      Buffer.from(memory, slot * chunkBytes, chunkBytes),
    );
    // Its program goes with it as text: one file less for a bundler to find, and it needs nothing but Node.
    this.#worker = new Worker(`(${hashInThread.toString()})()`, {
      eval: true,
      execArgv: [],
      workerData: { memory, size: chunkBytes } satisfies HashMemory,
    });
    this.#worker.on('message', (digest: Uint8Array) => this.#waiting.shift()?.resolve(Buffer.from(digest)));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that hashes has ended')));
  }

  /** SHA-256 of the first `length` bytes of a slot, which must not change until the answer. */
  chunk(
    slot: number,
    { length, zeros, partOfWhole }: { length: number; zeros: boolean; partOfWhole: boolean },
  ): Promise<Buffer> {
    return this.#ask({ slot, length, zeros, partOfWhole });
  }

  /** SHA-256 of all chunks since the last time it was asked. */
  whole(): Promise<Buffer> {
    return this.#ask('whole');
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: HashRequest | 'whole'): Promise<Buffer> {
    const answer = Promise.withResolvers<Buffer>();
    if (this.#failure) answer.reject(this.#failure.error);
    else {
      this.#waiting.push(answer);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage(request);
    }
    return answer.promise;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const answer of this.#waiting.splice(0)) answer.reject(error);
  }
}

/** Runs in the thread, from its text alone: it may use nothing of this file but types. */
function hashInThread(): void {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { memory, size }: HashMemory = workerData;
  const digestsOfZeros = new Map<number, Buffer>();
  let whole = createHash('sha256');
  parentPort?.on('message', (request: HashRequest | 'whole') => {
    let digest: Buffer;
    if (request === 'whole') {
      digest = whole.digest();
      whole = createHash('sha256');
    } else {
      const bytes = new Uint8Array(memory, request.slot * size, request.length);
      const known = request.zeros ? digestsOfZeros.get(request.length) : undefined;
      digest = known ?? createHash('sha256').update(bytes).digest();
      if (request.zeros) digestsOfZeros.set(request.length, digest);
      if (request.partOfWhole) whole.update(bytes);
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    parentPort?.postMessage(digest);
  });
}
