import type { Worker } from 'node:worker_threads';
import { startThread } from '../start-thread.ts';
import { findingsOf } from './findings-message.ts';
import type { WalkAnswer, WalkPortion } from './findings-message.ts';
import type { Findings } from './findings.ts';
import type { FolderTask, WalkRequest } from './walk-request.ts';

/** Names that a thread looks at before it gives the rest back: some ten milliseconds. */
const budget = 1000;
/** A thread has its next portion already when it is done with one, and never waits for this thread to hand it out. */
const portionsAhead = 2;
const mostTasks = 64;

type OnFound = (findings: Findings | undefined, left: readonly FolderTask[]) => void;

interface SurveyThread {
  readonly worker: Worker;
  /** What it was sent and has not answered, in that order. */
  readonly portions: WalkPortion[];
  /** It has said that it is there. Until then what it was handed would only wait. */
  ready: boolean;
}

/**
 * Threads that walk folders for one survey. They may be started before it is known what they will look at, since starting
 * takes a thread as long as looking at ten thousand names. One that fails leaves its folders to the others.
 */
export class SurveyThreads {
  readonly #threads: SurveyThread[] = [];
  readonly #startThread: () => Worker;
  #request: WalkRequest | undefined;
  #onFound: OnFound = () => undefined;
  #wake = Promise.withResolvers<void>();

  constructor(start: () => Worker = () => startThread('survey', {})) {
    this.#startThread = start;
  }

  get count(): number {
    return this.#threads.length;
  }

  /** Whether there are answers to come. */
  get busy(): boolean {
    return this.#threads.some(({ portions }) => portions.length > 0);
  }

  /** So many threads at least. */
  start(count: number): void {
    while (this.#threads.length < count) {
      const thread: SurveyThread = { worker: this.#startThread(), portions: [], ready: false };
      thread.worker.on('message', (answer: 'ready' | WalkAnswer) => {
        if (answer === 'ready') thread.ready = true;
        else {
          thread.portions.shift();
          this.#onFound(findingsOf(answer), answer.left);
        }
        this.#awake();
      });
      thread.worker.on('error', () => this.#giveUp(thread));
      thread.worker.on('exit', () => this.#giveUp(thread));
      this.#threads.push(thread);
      if (this.#request) send(thread, this.#request);
    }
  }

  /** `onFound` is told of every answer, and of folders that were handed out in vain. */
  begin(request: WalkRequest, onFound: OnFound): void {
    this.#request = request;
    this.#onFound = onFound;
    for (const thread of this.#threads) send(thread, request);
  }

  /** Hands out folders that are waiting, fairly: `take` gives up to as many as it is asked for. */
  handOut(waiting: () => number, take: (most: number) => FolderTask[]): void {
    for (let ahead = 0; ahead < portionsAhead; ahead += 1) {
      for (const thread of this.#threads) {
        if (!thread.ready || thread.portions.length > ahead || waiting() === 0) continue;
        const share = Math.ceil(waiting() / (this.#threads.length * 2 + 1));
        const portion = { tasks: take(Math.min(share, mostTasks)), budget };
        thread.portions.push(portion);
        send(thread, portion);
      }
    }
  }

  /** Until the next answer. */
  async answered(): Promise<void> {
    await this.#wake.promise;
  }

  /** Does not wait for them: they only read. */
  end(): void {
    for (const { worker } of this.#threads.splice(0)) {
      worker.removeAllListeners();
      worker.on('error', () => undefined);
      void worker.terminate();
    }
  }

  #giveUp(thread: SurveyThread): void {
    const at = this.#threads.indexOf(thread);
    if (at < 0) return;
    this.#threads.splice(at, 1);
    for (const { tasks } of thread.portions) this.#onFound(undefined, tasks);
    this.#awake();
  }

  #awake(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers();
    resolve();
  }
}

function send({ worker }: SurveyThread, message: WalkRequest | WalkPortion): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(message);
}
