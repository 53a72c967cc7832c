import { EventEmitter } from 'node:events';
import type { Page } from 'playwright';
import { type SharedChromium, startChromium } from './chromium.ts';
import { record } from './record.ts';
import { WebContentsDouble } from './web-contents.ts';
import { windowIsClosed, windowOpened } from './windows.ts';

let chromium: Promise<SharedChromium> | undefined;

/** The one browser; started with the first window. */
export async function sharedChromium(): Promise<SharedChromium> {
  chromium ??= startChromium();
  return await chromium;
}

interface Options {
  readonly width: number;
  readonly height: number;
  readonly x?: number;
  readonly y?: number;
  readonly webPreferences: { readonly preload: string };
}

/** WindowSessionEndEvent, as a window of Windows gets it. */
export interface SessionEnd {
  readonly reasons: readonly ('shutdown' | 'close-app' | 'critical' | 'logoff')[];
  preventDefault(): void;
}

export class BrowserWindow extends EventEmitter<{
  'ready-to-show': [];
  close: [];
  closed: [];
  'query-session-end': [SessionEnd];
  'session-end': [SessionEnd];
}> {
  readonly webContents: WebContentsDouble;
  #page: Promise<Page>;
  #bounds: { x: number; y: number; width: number; height: number };
  #isMaximized = false;
  #isClosing = false;
  #isDestroyed = false;

  constructor(options: Options) {
    super();
    const { x = 0, y = 0, width, height } = options;
    this.#bounds = { x, y, width, height };
    record.windowOptions = structuredClone({ ...options });
    this.webContents = new WebContentsDouble(options.webPreferences.preload);
    this.#page = this.#openPage();
    windowOpened(this);
  }

  async #openPage(): Promise<Page> {
    const { browser } = await sharedChromium();
    const [context] = browser.contexts();
    if (context === undefined) throw new Error('Chromium has no context');
    const page = await context.newPage();
    const { width, height } = this.#bounds;
    await page.setViewportSize({ width, height });
    await this.webContents.attach(page);
    return page;
  }

  /** base_window.cc: it is marked as destroyed just before it says `closed`, and no method can be called from then on. */
  #mustExist(): void {
    if (this.#isDestroyed) throw new TypeError('Object has been destroyed');
  }

  /** Throws at once where it is destroyed, before there is a promise. */
  loadURL(url: string): Promise<void> {
    this.#mustExist();
    return this.#load(url);
  }

  async #load(url: string): Promise<void> {
    await this.#page;
    await this.webContents.load(url);
    this.emit('ready-to-show');
  }

  reload(): void {
    this.#mustExist();
    void this.webContents.reload();
  }

  show(): void {
    this.#mustExist();
    record.shown += 1;
  }
  focus(): void {
    this.#mustExist();
    record.focused += 1;
  }
  restore(): void {
    this.#mustExist();
  }
  isMinimized(): boolean {
    this.#mustExist();
    return false;
  }
  maximize(): void {
    this.#mustExist();
    this.#isMaximized = true;
  }
  isMaximized(): boolean {
    this.#mustExist();
    return this.#isMaximized;
  }
  getNormalBounds() {
    this.#mustExist();
    return { ...this.#bounds };
  }
  setBounds(bounds: { x: number; y: number; width: number; height: number }): void {
    this.#mustExist();
    this.#bounds = bounds;
  }

  async #closePage(): Promise<void> {
    const page = await this.#page;
    // The browser may have ended with the app.
    await page.close().catch(() => undefined);
  }

  setProgressBar(share: number): void {
    this.#mustExist();
    record.progress = share;
  }

  /** The page goes first, and the window in a turn of its own. */
  close(): void {
    this.#mustExist();
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.emit('close');
    void this.#closePage();
    setImmediate(() => {
      this.webContents.destroy();
      setImmediate(() => {
        this.#isDestroyed = true;
        this.emit('closed');
        windowIsClosed(this);
      });
    });
  }
}
