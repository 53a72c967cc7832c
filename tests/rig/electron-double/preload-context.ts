import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';
import type { MessagePortMain } from './message-channel.ts';

export interface PreloadPage {
  readonly origin: string;
  /** `ipcRenderer.send`. */
  send(channel: string, ...parameters: unknown[]): void;
  /** `window.postMessage` with one port. */
  post(message: unknown, port: MessagePortMain | undefined): void;
}

/**
 * A sandboxed, isolated preload script: a global object with nothing of Node, a `require` that knows `electron` alone, and
 * of the page's window what an isolated world may use. Made anew for each document.
 */
export class PreloadContext {
  readonly #listeners = new EventEmitter<Record<string, [{ ports: MessagePortMain[] }, unknown]>>();
  readonly #window = new EventTarget();

  constructor(file: string, page: PreloadPage) {
    const ipcRenderer = {
      send: (channel: string, ...parameters: unknown[]) =>
        page.send(channel, ...parameters.map((one) => structuredClone(one))),
      on: this.#listeners.on.bind(this.#listeners),
      once: this.#listeners.once.bind(this.#listeners),
    };
    const require = (name: string) => {
      if (name === 'electron') return { ipcRenderer };
      throw new Error(`module not found: ${name}`);
    };
    const window = {
      location: { origin: page.origin },
      addEventListener: this.#window.addEventListener.bind(this.#window),
      postMessage(message: unknown, targetOrigin: string, transfer: MessagePortMain[] = []) {
        // The browser drops what is meant for another origin.
        if (targetOrigin !== '*' && targetOrigin !== page.origin) return;
        page.post(structuredClone(message), transfer[0]);
      },
    };
    const module = { exports: {} };
    const context = createContext({ require, module, exports: module.exports, window });
    new Script(readFileSync(file, 'utf8'), { filename: file }).runInContext(context);
  }

  documentIsReady(): void {
    this.#window.dispatchEvent(new Event('DOMContentLoaded'));
  }

  /** `frame.postMessage` of the main process. */
  receive(channel: string, message: unknown, ports: MessagePortMain[]): void {
    this.#listeners.emit(channel, { ports }, structuredClone(message));
  }
}
