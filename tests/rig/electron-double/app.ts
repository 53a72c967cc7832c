import { EventEmitter } from 'node:events';
import { isAbsolute } from 'node:path';
import packageFile from '../../../package.json' with { type: 'json' };
import { record } from './record.ts';
import { closeAllWindows, onAllWindowsClosed, openWindows } from './windows.ts';

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

/** browser.cc of Electron: what is asked in which order, and when a second `quit` is nothing. */
class AppDouble extends EventEmitter<Record<string, unknown[]>> {
  readonly isPackaged = false;
  readonly commandLine = { hasSwitch: () => false };
  #isQuitting = false;

  constructor() {
    super();
    onAllWindowsClosed(() => {
      if (this.#isQuitting) void this.#willQuit({ isOutermost: true });
      // Without a listener the app quits.
      else if (!this.emit('window-all-closed')) this.quit();
    });
    // Electron quits as for the menu; a second signal kills.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => this.quit());
  }

  /** Of the package.json of the app. */
  getVersion(): string {
    return packageFile.version;
  }

  whenReady(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Of the desktop's settings, the most wanted first; a test says which. */
  getPreferredSystemLanguages(): string[] {
    return (process.env['SIFAKA_DOUBLE_LANGUAGES'] ?? 'en-US').split(' ');
  }

  enableSandbox(): void {
    record.isSandboxed = true;
  }

  setPath(_name: string, path: string): void {
    if (!isAbsolute(path)) throw new Error('Path must be absolute');
  }

  /** The lock is a matter of the platform; a test says whether another instance has it. */
  requestSingleInstanceLock(additionalData: Record<string, unknown>): boolean {
    record.handedOver = structuredClone(additionalData);
    return process.env['SIFAKA_DOUBLE_OTHER_INSTANCE'] === undefined;
  }

  /** before-quit, then the windows close, then will-quit; the first and the last can be prevented. */
  quit(): void {
    if (this.#isQuitting) return;
    const before = preventable();
    this.emit('before-quit', before.event);
    if (before.isPrevented()) return;
    this.#isQuitting = true;
    if (openWindows().length === 0) void this.#willQuit({ isOutermost: false });
    else closeAllWindows();
  }

  /** Called by the system, microtasks run before the answer is looked at, and a `quit` among them is nothing. */
  async #willQuit({ isOutermost }: { isOutermost: boolean }): Promise<void> {
    const will = preventable();
    this.emit('will-quit', will.event);
    if (isOutermost) await new Promise((resolve) => setImmediate(resolve));
    if (will.isPrevented()) this.#isQuitting = false;
    else this.exit(0);
  }

  exit(code: number): never {
    process.exit(code);
  }
}

export const app = new AppDouble();

// A package has it; a test may lay one out.
const { SIFAKA_DOUBLE_RESOURCES: resourcesPath } = process.env;
if (resourcesPath !== undefined) Object.assign(process, { resourcesPath });
