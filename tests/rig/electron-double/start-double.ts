import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import type { TestContext } from 'vitest';
import { unproven } from '../required-tools.ts';
import { endGroup } from './chromium.ts';
import type { Controls } from './control.ts';

const register = join(import.meta.dirname, 'register.mjs');
/** Of `nobody`: the window is never root's. */
export const plainUser = 65_534;

/** Skips the test loudly where the double cannot run. */
export function requireDouble(context: TestContext): void {
  if (process.platform !== 'linux') unproven(context, 'the double of Electron is for Linux');
  if (!existsSync('/usr/bin/chromium')) unproven(context, 'needs /usr/bin/chromium');
}

export interface DoubleOptions {
  /** The built app: `out/main` and what is beside it. */
  readonly built: string;
  /** SIFAKA_HOME and the labs lie in it; it belongs to the plain user. */
  readonly folder: string;
  readonly argv?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly asRoot?: boolean;
}

/** The app, started by the double; a process of its own. */
export class RunningDouble implements AsyncDisposable {
  readonly child: ChildProcess;
  /** What it printed. */
  words = '';
  /** It held back a system that was about to shut down. */
  heldShutDown = false;
  readonly exited: Promise<void>;
  #asked = 0;
  readonly #answers = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #chromium: { pid: number; profile: string } | undefined;
  #browser: Browser | undefined;

  constructor({ built, folder, argv = [], environment = {}, asRoot = false }: DoubleOptions) {
    const changeUser = process.getuid?.() === 0 && !asRoot;
    this.child = spawn(process.execPath, ['--import', register, join(built, 'out/main/main.js'), ...argv], {
      cwd: folder,
      env: {
        PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
        HOME: folder,
        TMPDIR: folder,
        SIFAKA_HOME: join(folder, 'home'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(changeUser ? { uid: plainUser, gid: plainUser } : {}),
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.words += text;
      });
    }
    this.child.on('message', (message) => this.#take(message as Record<string, unknown>));
    this.exited = this.#untilExit();
  }

  async #untilExit(): Promise<void> {
    await once(this.child, 'close');
    for (const asked of this.#answers.values()) asked.reject(new Error(`the app ended: ${this.words}`));
  }

  /** Asks the double to do something, or what it recorded. */
  async control<Name extends keyof Controls>(
    control: Name,
    ...parameters: Parameters<Controls[Name]>
  ): Promise<Awaited<ReturnType<Controls[Name]>>> {
    const id = (this.#asked += 1);
    const answer = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    this.child.send({ id, control, parameters });
    return (await answer) as Awaited<ReturnType<Controls[Name]>>;
  }

  /** The page of the window that is open. */
  async page(): Promise<Page> {
    this.#browser ??= await chromium.connectOverCDP(await this.control('endpoint'));
    for (;;) {
      const pages = this.#browser.contexts().flatMap((context) => context.pages());
      const page = pages.findLast((one) => one.url().startsWith('https://sifaka.invalid'));
      if (page !== undefined) return page;
      if (this.child.exitCode !== null) throw new Error(`the app ended: ${this.words}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Closes the window, and resolves when its page is gone; the app may end with it. */
  async closeWindow(): Promise<void> {
    const page = await this.page();
    await this.control('closeWindow');
    if (!page.isClosed()) await page.waitForEvent('close');
  }

  #take(message: Record<string, unknown>): void {
    if ('held' in message) {
      this.heldShutDown = true;
      return;
    }
    if (typeof message['browser'] === 'number') {
      this.#chromium = { pid: message['browser'], profile: String(message['profile']) };
      return;
    }
    const asked = this.#answers.get(Number(message['id']));
    this.#answers.delete(Number(message['id']));
    if ('error' in message) asked?.reject(new Error(String(message['error'])));
    else asked?.resolve(message['value']);
  }

  /** Kills it, as a crash would. */
  async crash(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
    await this.#endBrowser();
  }

  async #endBrowser(): Promise<void> {
    await this.#browser?.close().catch(() => undefined);
    this.#browser = undefined;
    if (this.#chromium === undefined) return;
    const { pid, profile } = this.#chromium;
    this.#chromium = undefined;
    // It may have ended with the app; what is left of it would make files while they are removed.
    for (let turn = 0; turn < 100 && endGroup(pid); turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.exited;
    await this.#endBrowser();
  }
}
