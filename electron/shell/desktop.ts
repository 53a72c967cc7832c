import {
  app,
  type BrowserWindow,
  dialog,
  Menu,
  type MessagePortMain,
  powerMonitor,
  powerSaveBlocker,
} from 'electron';
import { asProblem } from '../../shared/problem.ts';
import { type DesktopMemory, openServices, type Services } from '../hosts/open-services.ts';
import { serveElectronPort } from '../hosts/port.ts';
import { chooseLab } from './choose-lab.ts';
import { JobActivity, shareOf } from './job-activity.ts';
import { menuTemplate } from './menu.ts';
import { noticeEnd, noticeGoesOn } from './notices.ts';
import { pageUrl } from './page-origin.ts';
import { mayStop } from './quit-question.ts';
import { type AppTray, setupTray } from './tray.ts';
import { makeWindow } from './window.ts';

interface OpenLab {
  readonly path: string;
  readonly services: Services;
  readonly activity: JobActivity;
  readonly serve: (port: MessagePortMain) => void;
}

/**
 * The app on a desktop: one lab, at most one window onto it, a menu and a tray icon. What runs goes on without the window;
 * the app ends when the window is closed and nothing runs any more.
 */
export class Desktop {
  readonly #files: { readonly preload: string; readonly trayIcon: string };
  readonly #memory: DesktopMemory;
  #lab: OpenLab | undefined;
  #window: BrowserWindow | undefined;
  #opening: Promise<void> | undefined;
  #isOpening = false;
  #tray: AppTray | undefined;
  #powerBlock: number | undefined;
  #mayQuit = false;
  #isClosed = false;

  constructor(files: { readonly preload: string; readonly trayIcon: string }, memory: DesktopMemory) {
    this.#files = files;
    this.#memory = memory;
  }

  /** Opens the lab and the window, at an address of the page. Problems of the lab are thrown. */
  async start(lab: string, address: string | undefined): Promise<void> {
    await this.#openLab(lab);
    this.#tray = setupTray(this.#files.trayIcon, {
      open: (at) => this.open(at),
      quit: () => app.quit(),
    });
    app.on('window-all-closed', () => this.#windowClosed());
    app.on('before-quit', (event) => this.#wantsToQuit(event));
    app.on('will-quit', (event) => this.#quits(event));
    app.on('activate', () => this.open());
    // The system does not wait for an answer; what is written to a drive then is left in a named state.
    powerMonitor.on('shutdown', () => {
      this.#mayQuit = true;
      app.quit();
    });
    await this.#show(address);
  }

  /** A page that has just been loaded gets its port here. */
  serve(port: MessagePortMain): void {
    this.#lab?.serve(port);
  }

  /** Brings the window to the front, opening it when there is none; at an address of the page when one is given. */
  open(address?: string): void {
    this.#opening = this.#showAfter(this.#opening, address);
    inBackground(this.#opening);
  }

  /** Opens another lab in place of this one, unless something runs in it. */
  openLab(path: string): void {
    if (path === this.#lab?.path) this.open();
    else inBackground(this.#changeLab(path));
  }

  /** Two at once would open two windows. */
  async #showAfter(before: Promise<void> | undefined, address: string | undefined): Promise<void> {
    await before?.catch(() => undefined);
    await this.#show(address);
  }

  async #show(address: string | undefined): Promise<void> {
    const window = this.#window;
    if (window === undefined) {
      this.#isOpening = true;
      const made = await makeWindow(this.#files.preload, this.#memory);
      this.#isOpening = false;
      made.on('closed', () => {
        this.#window = undefined;
      });
      this.#window = made;
      return await this.#load(made, address ?? '');
    }
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    // Only what stands after `#` is another, so that the page stays as it is and goes there.
    if (address !== undefined) await this.#load(window, address);
  }

  /** A window that is closed while it loads is no failure. */
  async #load(window: BrowserWindow, address: string): Promise<void> {
    try {
      await window.loadURL(pageUrl + address);
    } catch (error) {
      if (this.#window === window) throw error;
    }
  }

  async #openLab(path: string): Promise<void> {
    const services = await openServices({ lab: path });
    const before = this.#lab;
    const activity = new JobActivity(services.jobs, {
      changed: () => this.#activityChanged(),
      ended: (job) => noticeEnd(job, () => this.open(job.address)),
    });
    this.#lab = { path, services, activity, serve: serveElectronPort(services) };
    before?.activity.close();
    await before?.services.close();
    await this.#memory.rememberLab(path);
    await this.#setupMenu();
  }

  /** The page asks for its port anew when it is loaded again, and gets that of the new lab. */
  async #changeLab(path: string): Promise<void> {
    if (this.#running.length > 0) {
      await dialog.showMessageBox({
        type: 'info',
        title: 'Sifaka',
        message: 'Something still runs in this lab.',
        detail: 'Wait until it has ended, or stop it under Jobs; then open the other lab.',
      });
      return;
    }
    try {
      await this.#openLab(path);
    } catch (error) {
      const problem = asProblem(error);
      if (problem === undefined) throw error;
      dialog.showErrorBox('This lab cannot be opened', `${problem.data.what}\n\n${problem.data.next}`);
      return;
    }
    if (this.#window === undefined) this.open();
    else await this.#window.loadURL(pageUrl).then(() => this.#window?.reload());
  }

  async #setupMenu(): Promise<void> {
    const { recentLabs } = await this.#memory.read();
    const template = menuTemplate(
      {
        chooseLab: () => inBackground(this.#chooseLab()),
        openLab: (path) => this.openLab(path),
        show: (address) => this.open(address),
      },
      recentLabs.filter((path) => path !== this.#lab?.path),
      process.platform,
    );
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }

  async #chooseLab(): Promise<void> {
    const path = await chooseLab();
    if (path !== undefined) this.openLab(path);
  }

  get #running() {
    return this.#lab?.activity.running ?? [];
  }

  #activityChanged(): void {
    const running = this.#running;
    this.#tray?.show(running);
    const share = shareOf(running);
    if (running.length === 0) this.#window?.setProgressBar(-1);
    else this.#window?.setProgressBar(share ?? 2);
    const writes = running.some(({ writesDrive }) => writesDrive);
    if (writes) this.#powerBlock ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (this.#powerBlock !== undefined) {
      powerSaveBlocker.stop(this.#powerBlock);
      this.#powerBlock = undefined;
    }
    if (running.length === 0 && this.#window === undefined && !this.#isOpening) app.quit();
  }

  #windowClosed(): void {
    const [first] = this.#running;
    if (first === undefined) app.quit();
    else noticeGoesOn(first, () => this.open(first.address));
  }

  #wantsToQuit(event: { preventDefault(): void }): void {
    const running = this.#running;
    if (this.#mayQuit || running.length === 0) return;
    event.preventDefault();
    inBackground(this.#askToQuit());
  }

  async #askToQuit(): Promise<void> {
    if (!(await mayStop(this.#running, this.#window))) return;
    this.#mayQuit = true;
    app.quit();
  }

  /** Waits until every journal has its last line. */
  #quits(event: { preventDefault(): void }): void {
    if (this.#isClosed || this.#lab === undefined) return;
    event.preventDefault();
    this.#lab.activity.close();
    void this.#lab.services.close().finally(() => {
      this.#isClosed = true;
      app.quit();
    });
  }
}

/** What a menu or an event begins, nobody waits for; a mistake of ours is for the log. */
function inBackground(work: Promise<void>): void {
  work.catch((error: unknown) => console.error(error));
}
