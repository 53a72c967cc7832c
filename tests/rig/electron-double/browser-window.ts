import { EventEmitter } from 'node:events';
import type { Page } from 'playwright';
import { app } from './app.ts';
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
app.on('double-exit', () => void chromium?.then((one) => one.close()));

interface Options {
  readonly width: number;
  readonly height: number;
  readonly x?: number;
  readonly y?: number;
  readonly webPreferences: { readonly preload: string };
}

export class BrowserWindow extends EventEmitter<{
  'ready-to-show': [];
  close: [];
  closed: [];
}> {
  readonly webContents: WebContentsDouble;
  #page: Promise<Page>;
  #bounds: { x: number; y: number; width: number; height: number };
  #isMaximized = false;
  #isClosed = false;
  /** Resolves when nothing of a closed window is left in the browser. */
  gone: Promise<void> = Promise.resolve();

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

  async loadURL(url: string): Promise<void> {
    await this.#page;
    await this.webContents.load(url);
    this.emit('ready-to-show');
  }

  reload(): void {
    void this.webContents.reload();
  }

  show(): void {}
  focus(): void {
    record.focused += 1;
  }
  restore(): void {}
  isMinimized(): boolean {
    return false;
  }
  maximize(): void {
    this.#isMaximized = true;
  }
  isMaximized(): boolean {
    return this.#isMaximized;
  }
  getNormalBounds() {
    return { ...this.#bounds };
  }
  setBounds(bounds: { x: number; y: number; width: number; height: number }): void {
    this.#bounds = bounds;
  }

  async #closePage(): Promise<void> {
    const page = await this.#page;
    await page.close();
  }

  setProgressBar(share: number): void {
    if (this.#isClosed) throw new TypeError('Object has been destroyed');
    record.progress = share;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('close');
    this.webContents.destroy();
    this.gone = this.#closePage();
    this.emit('closed');
    windowIsClosed(this);
  }
}
