import { t } from '@lingui/core/macro';
import { app, type BrowserWindow, dialog, Menu, type MessagePortMain, powerSaveBlocker } from 'electron';
import { asProblem } from '../../shared/problem.ts';
import type { DesktopMemory } from '../hosts/desktop-files.ts';
import { oneQuestion } from '../hosts/one-question.ts';
import { openServices, type Services } from '../hosts/open-services.ts';
import { serveElectronPort } from '../hosts/port.ts';
import { runSchedules } from '../hosts/schedules.ts';
import { askToErase } from './erasure-question.ts';
import { chooseLab } from './choose-lab.ts';
import { JobActivity, type RunningJob, shareOf } from './job-activity.ts';
import { menuTemplate } from './menu.ts';
import { noticeEnd, noticeGoesOn } from './notices.ts';
import { pageUrl } from './page-origin.ts';
import { Quitting } from './quitting.ts';
import { reportFailure } from './report-failure.ts';
import { type AppTray, setupTray } from './tray.ts';
import { makeWindow } from './window.ts';

/** How long the app without a window stays after its last job, so that a click on the notification shows how it ended. */
const lingerMilliseconds = 60_000;

export interface DesktopParts {
  readonly preload: string;
  readonly trayIcon: string;
  /** Only of a package that has a channel for updates. */
  readonly lookForUpdates?: (() => void) | undefined;
}

interface OpenLab {
  readonly path: string;
  readonly services: Services;
  readonly activity: JobActivity;
  readonly serve: (port: MessagePortMain) => void;
  readonly stopSchedules: () => void;
}

/**
 * The app on a desktop: one lab, at most one window onto it, a menu and a tray icon. What runs goes on without the window;
 * the app ends when the window is closed and nothing has run for a while.
 */
export class Desktop {
  readonly #files: DesktopParts;
  readonly #memory: DesktopMemory;
  readonly #quitting: Quitting;
  readonly #askOperator = oneQuestion((erasure, { signal }) => askToErase(erasure, this.#window, signal));
  #lab: OpenLab | undefined;
  #window: BrowserWindow | undefined;
  /** What opens the window or another lab, one after the other: two at once would open two windows. */
  #turn: Promise<void> = Promise.resolve();
  #tray: AppTray | undefined;
  #powerBlock: number | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(files: DesktopParts, memory: DesktopMemory) {
    this.#files = files;
    this.#memory = memory;
    this.#quitting = new Quitting({
      running: () => this.#running,
      window: () => this.#window,
      close: () => this.#close(),
    });
  }

  /** Opens the lab and the window, at an address of the page. Problems of the lab are thrown. */
  async start(lab: string, address: string | undefined): Promise<void> {
    await this.#openLab(lab);
    this.#quitting.setup();
    this.#tray = setupTray(this.#files.trayIcon, { open: (at) => this.open(at), quit: () => app.quit() });
    app.on('window-all-closed', () => this.#windowClosed());
    app.on('activate', () => this.open());
    this.open(address);
  }

  /** A page that has just been loaded gets its port here. */
  serve(port: MessagePortMain): void {
    this.#lab?.serve(port);
  }

  /** Brings the window to the front, opening it when there is none; at an address of the page when one is given. */
  open(address?: string): void {
    this.#inTurn(() => this.#show(address));
  }

  /** Opens another lab in place of this one, unless something runs in it. */
  openLab(path: string): void {
    this.#inTurn(() => (path === this.#lab?.path ? this.#show(undefined) : this.#changeLab(path)));
  }

  #inTurn(work: () => Promise<void>): void {
    const before = this.#turn;
    this.#turn = (async () => {
      await before;
      if (this.#quitting.isClosing) return;
      try {
        await work();
      } catch (error) {
        await reportFailure(error, t`That went wrong.`);
      }
    })();
  }

  async #show(address: string | undefined): Promise<void> {
    clearTimeout(this.#linger);
    const window = this.#window;
    if (window === undefined) {
      const made = await makeWindow(this.#files.preload, this.#memory);
      made.on('closed', () => {
        this.#window = undefined;
      });
      this.#quitting.watch(made);
      this.#window = made;
      this.#showActivity();
      return await this.#load(made, address ?? '');
    }
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    // Only what stands after `#` is another, so that the page stays as it is and goes there.
    if (address !== undefined) await this.#load(window, address);
  }

  /** A load that is overtaken by another one, and a window that is closed while it loads, are no failures. */
  async #load(window: BrowserWindow, address: string): Promise<void> {
    try {
      await window.loadURL(pageUrl + address);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_ABORTED') return;
      // The page is gone before its window says that it is closed.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#window === window) throw error;
    }
  }

  async #openLab(path: string): Promise<void> {
    const services = await openServices({ lab: path });
    const before = this.#lab;
    if (this.#running.length > 0) {
      // It began while the other lab was opened.
      await services.close();
      return await sayBusy();
    }
    const activity = new JobActivity(services.jobs, {
      changed: () => this.#activityChanged(),
      ended: (job) => noticeEnd(job, () => this.open(job.address)),
    });
    this.#lab = {
      path,
      services,
      activity,
      serve: serveElectronPort(services, this.#askOperator),
      stopSchedules: runSchedules(services),
    };
    before?.stopSchedules();
    before?.activity.close();
    await before?.services.close();
    await this.#memory.rememberLab(path);
    await this.#setupMenu();
  }

  /** The page asks for its port anew when it is loaded again, and gets that of the new lab. */
  async #changeLab(path: string): Promise<void> {
    if (this.#running.length > 0) return await sayBusy();
    try {
      await this.#openLab(path);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      dialog.showErrorBox(t`This lab cannot be opened`, `${problem.data.what}\n\n${problem.data.next}`);
      return;
    }
    if (this.#window === undefined) await this.#show(undefined);
    else await this.#load(this.#window, '');
  }

  async #setupMenu(): Promise<void> {
    const { recentLabs } = await this.#memory.read();
    const template = menuTemplate(
      {
        chooseLab: () => this.#inTurn(() => this.#chooseLab()),
        openLab: (path) => this.openLab(path),
        show: (address) => this.open(address),
        lookForUpdates: this.#files.lookForUpdates,
      },
      recentLabs.filter((path) => path !== this.#lab?.path),
      process.platform,
    );
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }

  async #chooseLab(): Promise<void> {
    const path = await chooseLab(this.#window);
    if (path !== undefined) await this.#changeLab(path);
  }

  get #running(): readonly RunningJob[] {
    return this.#lab?.activity.running ?? [];
  }

  #activityChanged(): void {
    this.#showActivity();
    const isIdle = this.#running.length === 0 && this.#window === undefined;
    clearTimeout(this.#linger);
    if (isIdle) this.#linger = setTimeout(() => app.quit(), lingerMilliseconds);
  }

  #showActivity(): void {
    const running = this.#running;
    this.#tray?.show(running);
    this.#window?.setProgressBar(running.length === 0 ? -1 : (shareOf(running) ?? 0));
    if (running.some(({ writesDrive }) => writesDrive)) {
      this.#powerBlock ??= powerSaveBlocker.start('prevent-app-suspension');
    } else if (this.#powerBlock !== undefined) {
      powerSaveBlocker.stop(this.#powerBlock);
      this.#powerBlock = undefined;
    }
  }

  #windowClosed(): void {
    const [first] = this.#running;
    if (first === undefined) app.quit();
    else noticeGoesOn(first, () => this.open(first.address));
  }

  async #close(): Promise<void> {
    clearTimeout(this.#linger);
    this.#lab?.stopSchedules();
    this.#lab?.activity.close();
    this.#showActivity();
    await Promise.all([this.#lab?.services.close(), this.#memory.written()]);
  }
}

async function sayBusy(): Promise<void> {
  await dialog.showMessageBox({
    type: 'info',
    title: 'Sifaka',
    message: t`Something still runs in this lab.`,
    detail: t`Wait until it has ended, or stop it under Jobs; then open the other lab.`,
  });
}
