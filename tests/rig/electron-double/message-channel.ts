import { EventEmitter } from 'node:events';

/**
 * One end of a MessageChannelMain: what is posted is cloned at once (structured clone) and kept until the other end has
 * been started; closing an end tells the other.
 */
export class MessagePortMain extends EventEmitter<{ message: [{ data: unknown; ports: [] }]; close: [] }> {
  #other: MessagePortMain | undefined;
  #kept: unknown[] | undefined = [];
  #isClosed = false;

  static pair(): [MessagePortMain, MessagePortMain] {
    const [one, two] = [new MessagePortMain(), new MessagePortMain()];
    one.#other = two;
    two.#other = one;
    return [one, two];
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (transfer.length > 0) throw new TypeError('the double transfers no ports over ports');
    const copy: unknown = structuredClone(message);
    queueMicrotask(() => this.#other?.take(copy));
  }

  start(): void {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    for (const message of kept) this.emit('message', { data: message, ports: [] });
  }

  close(): void {
    this.closed();
    const other = this.#other;
    queueMicrotask(() => other?.closed());
  }

  private take(message: unknown): void {
    if (this.#isClosed) return;
    if (this.#kept) this.#kept.push(message);
    else this.emit('message', { data: message, ports: [] });
  }

  private closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('close');
  }
}

export class MessageChannelMain {
  readonly port1: MessagePortMain;
  readonly port2: MessagePortMain;

  constructor() {
    [this.port1, this.port2] = MessagePortMain.pair();
  }
}
