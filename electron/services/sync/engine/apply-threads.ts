import { closeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { ApplyOrders } from './apply-orders.ts';
import type { ApplyThreadData, Order, Outcome } from './apply-step.ts';
import { type KnownFolder, openKnown } from './folder-chain.ts';
import type { Pass, PassOptions } from './pass.ts';
import { startThread } from './start-thread.ts';
import { hasSteadyInodes } from './steady-inodes.ts';

/** As many orders as a thread is given at once: enough to be worth a message, few enough for others to have some, too. */
const ordersAtOnce = 64;
const bytesAtOnce = 8 << 20;
/** What is begun here, since a thread needs as long to start. */
const beginsHereMs = 60;
/** More than can be done in that time: the threads are started at once. */
const manyOrders = 1000;
const muchBytes = 32 << 20;
/** As much is done here before others have their turn: the lock's renewal, or who wants to stop. */
const ordersInTurn = 16;
const bytesInTurn = 2 << 20;

/** What the threads of a pass are started with. */
export function threadData(
  { iteration, control, syncEach }: Pass,
  { lock }: PassOptions,
  { source, destination }: { readonly source: KnownFolder; readonly destination: KnownFolder },
): ApplyThreadData {
  return {
    source: known(source),
    destination: known(destination),
    iteration,
    control: control.memory,
    deadline: lock.deadline,
    syncEach,
    steadyInodes: { source: hasSteadyInodes(source.path), destination: hasSteadyInodes(destination.path) },
  };
}

/** No more of it than threads need. */
function known({ path, device, inode }: KnownFolder): KnownFolder {
  return { path, device, inode };
}

interface Portion {
  readonly orders: readonly Order[];
  readonly answer: PromiseWithResolvers<Outcome[]>;
}

/** The threads in which orders are carried out, started when there is enough for them to do. */
export class ApplyThreads {
  readonly #data: ApplyThreadData;
  readonly #opened: number[];
  readonly #most: number;
  readonly #threads: ApplyThread[] = [];
  readonly #idle: ApplyThread[] = [];
  /** What no thread has begun. */
  readonly #waiting: Portion[] = [];
  #here: ApplyOrders | undefined;

  /** `most` is how many at the same time. */
  constructor(data: ApplyThreadData, most: number) {
    const [source, destination] = [openKnown(data.source), openKnown(data.destination)];
    this.#data = { ...data, source, destination };
    this.#opened = [source, destination].flatMap(({ descriptor }) => descriptor ?? []);
    this.#most = most;
  }

  /**
   * Carries out orders that do not depend on each other; the outcomes are in the same order. May be called again meanwhile;
   * `first`: before what others wait for.
   */
  async run(orders: readonly Order[], { first = false } = {}): Promise<Outcome[]> {
    const begun = await this.#beginHere(orders);
    const answers = await Promise.all(this.#handOut(portionsOf(orders.slice(begun.length)), { first }));
    return [...begun, ...answers.flat()];
  }

  /** One after the other: each may need what the one before did. */
  async runInOrder(orders: readonly Order[], { first = false } = {}): Promise<Outcome[]> {
    const begun = await this.#beginHere(orders);
    if (begun.length === orders.length) return begun;
    const answers = await Promise.all(this.#handOut([orders.slice(begun.length)], { first }));
    return [...begun, ...answers.flat()];
  }

  async close(): Promise<void> {
    this.#here?.close();
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
    for (const descriptor of this.#opened.splice(0)) closeSync(descriptor);
  }

  /** While there are no threads, as many of the first ones as can be done before a thread would have begun. */
  async #beginHere(orders: readonly Order[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    if (orders.length > manyOrders || bytesOfAll(orders) > muchBytes) return outcomes;
    const until = performance.now() + beginsHereMs;
    while (outcomes.length < orders.length && this.#threads.length === 0 && performance.now() < until) {
      const turn = turnOf(orders, outcomes.length);
      if (turn.length === 0) break;
      this.#here ??= new ApplyOrders(this.#data);
      outcomes.push(...this.#here.run(turn));
      await setImmediate();
    }
    return outcomes;
  }

  #handOut(
    portions: readonly (readonly Order[])[],
    { first }: { readonly first: boolean },
  ): Promise<Outcome[]>[] {
    const made = portions.map((orders) => ({ orders, answer: Promise.withResolvers<Outcome[]>() }));
    if (first) this.#waiting.unshift(...made);
    else this.#waiting.push(...made);
    while (this.#idle.length < this.#waiting.length && this.#threads.length < this.#most) {
      const thread = new ApplyThread(this.#data);
      this.#threads.push(thread);
      this.#idle.push(thread);
    }
    for (const thread of this.#idle.splice(0)) void this.#work(thread);
    return made.map(({ answer }) => answer.promise);
  }

  /** Until nothing waits. Whoever waits for a portion hears of its failure. */
  async #work(thread: ApplyThread): Promise<void> {
    for (let portion = this.#waiting.shift(); portion; portion = this.#waiting.shift()) {
      const { orders, answer } = portion;
      await thread.run(orders).then(answer.resolve, answer.reject);
    }
    this.#idle.push(thread);
  }
}

class ApplyThread {
  readonly #worker: Worker;
  #waiting: PromiseWithResolvers<Outcome[]> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(data: ApplyThreadData) {
    this.#worker = startThread('apply', data);
    this.#worker.on('message', (outcomes: Outcome[]) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.resolve(outcomes);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that applies a plan has ended')));
  }

  run(orders: readonly Order[]): Promise<Outcome[]> {
    this.#waiting = Promise.withResolvers();
    if (this.#failure) this.#waiting.reject(this.#failure.error);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    else this.#worker.postMessage(orders);
    return this.#waiting.promise;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#waiting?.reject(error);
  }
}

/** What comes next, unless it is a file that takes long by itself. */
function turnOf(orders: readonly Order[], from: number): Order[] {
  const turn: Order[] = [];
  let bytes = 0;
  for (const order of orders.slice(from, from + ordersInTurn)) {
    bytes += bytesOf(order);
    if (bytes > bytesInTurn) break;
    turn.push(order);
  }
  return turn;
}

function bytesOfAll(orders: readonly Order[]): number {
  return orders.reduce((sum, order) => sum + bytesOf(order), 0);
}

function portionsOf(orders: readonly Order[]): Order[][] {
  const portions: Order[][] = [];
  let portion: Order[] = [];
  let bytes = 0;
  for (const order of orders) {
    portion.push(order);
    bytes += bytesOf(order);
    if (portion.length < ordersAtOnce && bytes < bytesAtOnce) continue;
    portions.push(portion);
    portion = [];
    bytes = 0;
  }
  if (portion.length > 0) portions.push(portion);
  return portions;
}

function bytesOf(order: Order): number {
  return order.do === 'copy' ? order.source.size : 0;
}
