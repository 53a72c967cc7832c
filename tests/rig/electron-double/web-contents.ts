import { EventEmitter } from 'node:events';
import type { Page, Route } from 'playwright';
import { app } from './app.ts';
import { ipcMain } from './ipc-main.ts';
import type { MessagePortMain } from './message-channel.ts';
import { record } from './record.ts';
import { PreloadContext } from './preload-context.ts';
import { answer } from './session.ts';

/**
 * Chromium has no app:// without Electron, so the page is shown as a secure origin of its own, that no network has; what
 * the app sees and says is translated.
 */
const appOrigin = 'app://sifaka';
const shownOrigin = 'https://sifaka.invalid';
const electronAgent = 'Electron/45.4.1';

export const toShown = (url: string): string => url.replace(appOrigin, shownOrigin);
export const toApp = (url: string): string => url.replace(shownOrigin, appOrigin);

export interface FrameDouble {
  readonly url: string;
  readonly parent: FrameDouble | null;
  postMessage(channel: string, message: unknown, transfer?: MessagePortMain[]): void;
}

const openToAll = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};

interface Navigation {
  readonly url: string;
  preventDefault(): void;
}

type OpenHandler = (details: { url: string }) => { action: 'deny' | 'allow' };

let count = 0;

/** What a window shows: the page in Chromium, and the preload script beside it. */
export class WebContentsDouble extends EventEmitter<{
  'will-navigate': [Navigation];
  'will-redirect': [Navigation];
  'will-frame-navigate': [Navigation];
  'render-process-gone': [unknown, { reason: string }];
  'will-prevent-unload': [{ preventDefault(): void }];
  'will-attach-webview': [{ preventDefault(): void }];
  destroyed: [];
}> {
  readonly id = (count += 1);
  readonly #preload: string;
  readonly #ports = new Map<number, MessagePortMain>();
  #page: Page | undefined;
  #context: PreloadContext | undefined;
  #openHandler: OpenHandler = () => ({ action: 'allow' });
  /** A navigation that the app asked for is not asked about. */
  #isOwnNavigation = false;
  #portCount = 0;

  constructor(preload: string) {
    super();
    this.#preload = preload;
    app.emit('web-contents-created', {}, this);
  }

  async attach(page: Page): Promise<void> {
    this.#page = page;
    const session = await page.context().newCDPSession(page);
    const { userAgent } = (await session.send('Browser.getVersion')) as { userAgent: string };
    await session.send('Emulation.setUserAgentOverride', { userAgent: `${userAgent} ${electronAgent}` });
    await page.exposeBinding('__sifakaPost', (_source, id: number, data: string, isText: boolean) => {
      this.#ports.get(id)?.postMessage(isText ? data : Buffer.from(data, 'base64'));
    });
    await page.route('**/*', (route) => this.#route(route));
    page.on('domcontentloaded', () => this.#newDocument());
    page.on('popup', (popup) => {
      const { action } = this.#openHandler({ url: toApp(popup.url()) });
      // Electron asks before there is a window.
      if (action === 'deny') void popup.close();
    });
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  /** As if a script of the page had called window.open. */
  askToOpen(url: string): string {
    return this.#openHandler({ url }).action;
  }

  async load(url: string): Promise<void> {
    this.#isOwnNavigation = true;
    try {
      await this.#page?.goto(toShown(url));
    } finally {
      this.#isOwnNavigation = false;
    }
  }

  async reload(): Promise<void> {
    this.#isOwnNavigation = true;
    try {
      await this.#page?.reload();
    } finally {
      this.#isOwnNavigation = false;
    }
  }

  /** As if a frame at that address had sent a message, which no page of ours is. Answers whether it was given anything. */
  forgeMessage(channel: string, url: string, isMainFrame: boolean): boolean {
    let given = false;
    const frame: FrameDouble = {
      url,
      parent: isMainFrame ? null : this.#frame(),
      postMessage: () => {
        given = true;
      },
    };
    ipcMain.emit(channel, { sender: this, senderFrame: frame });
    return given;
  }

  destroy(): void {
    for (const port of this.#ports.values()) port.close();
    this.emit('destroyed');
  }

  async #route(route: Route): Promise<void> {
    const request = route.request();
    const url = toApp(request.url());
    if (request.isNavigationRequest() && !this.#isOwnNavigation && !this.#mayNavigate(url)) {
      return await route.abort('aborted');
    }
    const response = await answer(new Request(url, { method: request.method() })).catch(() => undefined);
    // Elsewhere is a host that lets everybody read it, so that only the page's own policy can refuse.
    if (response === undefined)
      return await route.fulfill({ status: 200, headers: openToAll, body: 'outside' });
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    });
  }

  #mayNavigate(url: string): boolean {
    let allowed = true;
    this.emit('will-navigate', {
      url,
      preventDefault() {
        allowed = false;
      },
    });
    record.navigations.push({ url, allowed });
    return allowed;
  }

  #frame(): FrameDouble {
    return {
      url: toApp(this.#page?.url() ?? ''),
      parent: null,
      postMessage: (channel, message, transfer = []) => this.#context?.receive(channel, message, transfer),
    };
  }

  #newDocument(): void {
    const page = this.#page;
    if (page === undefined || !page.url().startsWith(shownOrigin)) return;
    this.#ports.clear();
    this.#context = new PreloadContext(this.#preload, {
      origin: shownOrigin,
      send: (channel, ...parameters) =>
        void ipcMain.emit(channel, { sender: this, senderFrame: this.#frame() }, ...parameters),
      post: (message, port) => void this.#handOver(page, message, port).catch(() => undefined),
    });
    this.#context.documentIsReady();
  }

  /** The page gets a real port of its own; what goes through it is carried over, in order. */
  async #handOver(page: Page, message: unknown, port: MessagePortMain | undefined): Promise<void> {
    const id = (this.#portCount += 1);
    await page.evaluate(inPage(openPort, { id, message, hasPort: port !== undefined }));
    if (port === undefined) return;
    this.#ports.set(id, port);
    port.on('message', ({ data }) => {
      const isText = typeof data === 'string';
      const carried = isText ? data : Buffer.from(data as Uint8Array).toString('base64');
      // A page that is gone takes nothing more.
      page.evaluate(inPage(postOnPort, { id, data: carried, isText })).catch(() => undefined);
    });
    port.start();
  }
}

/** In the page: hands it a message, with one end of a new channel whose other end is kept under a number. */
const openPort = `({ id, message, hasPort }) => {
  if (!hasPort) return window.postMessage(message, window.location.origin);
  const { port1, port2 } = new MessageChannel();
  window.__sifakaPorts ??= new Map();
  window.__sifakaPorts.set(id, port1);
  port1.onmessage = ({ data }) => {
    if (typeof data === 'string') return window.__sifakaPost(id, data, true);
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    window.__sifakaPost(id, btoa(String.fromCodePoint(...bytes)), false);
  };
  window.postMessage(message, window.location.origin, [port2]);
}`;

/** In the page. */
const postOnPort = `({ id, data, isText }) => {
  const bytes = () => Uint8Array.from(atob(data), (character) => character.codePointAt(0));
  window.__sifakaPorts?.get(id)?.postMessage(isText ? data : bytes());
}`;

function inPage(source: string, parameter: unknown): string {
  return `(${source})(${JSON.stringify(parameter)})`;
}
