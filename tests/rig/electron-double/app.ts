import { EventEmitter } from 'node:events';
import { record } from './record.ts';
import { closeAllWindows, onAllWindowsClosed } from './windows.ts';

/** An event whose usual consequence can be prevented. */
function preventable(): { readonly event: { preventDefault(): void }; isPrevented(): boolean } {
  let prevented = false;
  return {
    event: {
      preventDefault() {
        prevented = true;
      },
    },
    isPrevented: () => prevented,
  };
}

class AppDouble extends EventEmitter<Record<string, unknown[]>> {
  readonly isPackaged = false;
  #isQuitting = false;

  constructor() {
    super();
    onAllWindowsClosed(() => {
      if (this.#isQuitting) return;
      // Without a listener the app quits.
      if (!this.emit('window-all-closed')) this.quit();
    });
  }

  whenReady(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  enableSandbox(): void {
    record.isSandboxed = true;
  }

  setPath(): void {}

  setAsDefaultProtocolClient(): boolean {
    return true;
  }

  /** The lock is a matter of the platform; a test says whether another instance has it. */
  requestSingleInstanceLock(): boolean {
    return process.env['SIFAKA_DOUBLE_OTHER_INSTANCE'] === undefined;
  }

  /** before-quit, then the windows close, then will-quit, each of which can prevent it; then the process ends. */
  quit(): void {
    setImmediate(() => {
      const before = preventable();
      this.emit('before-quit', before.event);
      if (before.isPrevented()) return;
      this.#isQuitting = true;
      closeAllWindows();
      const will = preventable();
      this.emit('will-quit', will.event);
      this.#isQuitting = false;
      if (!will.isPrevented()) this.exit(0);
    });
  }

  exit(code: number): void {
    this.emit('double-exit');
    process.exitCode = code;
    // Whoever has something of the desktop open closes it first.
    setTimeout(() => process.exit(code), 20);
  }
}

export const app = new AppDouble();
