import { inspect } from 'node:util';
import { app, type BrowserWindow, powerMonitor } from 'electron';
import { noteFailure } from '../hosts/desktop-files.ts';
import type { RunningJob } from './job-activity.ts';
import { mayStop } from './quit-question.ts';

interface Preventable {
  preventDefault(): void;
}

export interface QuittingParts {
  running(): readonly RunningJob[];
  window(): BrowserWindow | undefined;
  /** Stops what runs; resolves when everything is written that has to be. */
  close(): Promise<void>;
}

/**
 * How the app ends: whoever quits is asked while something runs, and nothing ends before every journal has its last line.
 * A system that shuts down and a signal are not asked: what is written is stopped at once, and left in a named state. Windows
 * asks for the app, on a screen of its own, before a session ends in which a drive is written.
 */
export class Quitting {
  readonly #parts: QuittingParts;
  #isAgreed = false;
  #isAsking = false;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(parts: QuittingParts) {
    this.#parts = parts;
  }

  /** From here on there is no way back: what runs is being stopped. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  setup(): void {
    app.on('before-quit', (event) => this.#wantsToQuit(event));
    app.on('will-quit', (event) => this.#quits(event));
    // Electron holds the system back for a moment when it is asked to; its types do not name the event.
    powerMonitor.on('shutdown', (event?: Preventable) => {
      event?.preventDefault();
      this.endNow();
    });
    // Electron would quit as for the menu, and nobody is there to be asked.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.endNow());
  }

  /** Windows tells a window that its session ends, and no app without one. */
  watch(window: BrowserWindow): void {
    // WM_QUERYENDSESSION: Windows says by whom it is held, and the operator stays, or ends the session all the same.
    window.on('query-session-end', (event) => {
      if (this.#parts.running().some(({ writesDrive }) => writesDrive)) event.preventDefault();
    });
    // WM_ENDSESSION: nothing holds it any more, and this process may be ended as soon as the event has been said.
    window.on('session-end', () => this.endNow());
  }

  /** Asks nobody. */
  endNow(): void {
    this.#isAgreed = true;
    // The writer needs the time that the system gives more than the window does.
    this.#closing ??= this.#close();
    app.quit();
  }

  #wantsToQuit(event: Preventable): void {
    const running = this.#parts.running();
    if (this.#isAgreed || running.length === 0) return;
    event.preventDefault();
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#ask(running).catch((error: unknown) => noteFailure(inspect(error)));
  }

  async #ask(running: readonly RunningJob[]): Promise<void> {
    try {
      this.#isAgreed = await mayStop(running, this.#parts.window());
    } finally {
      this.#isAsking = false;
    }
    if (this.#isAgreed) app.quit();
  }

  #quits(event: Preventable): void {
    if (this.#isClosed) return;
    event.preventDefault();
    this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    try {
      await this.#parts.close();
    } catch (error) {
      await noteFailure(inspect(error));
    }
    this.#isClosed = true;
    // In a turn of its own: as long as `will-quit` is being said, Electron takes a second `quit` for the first.
    setImmediate(() => app.quit());
  }
}
