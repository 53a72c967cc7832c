import { holdCardWrites } from '../held-writes.ts';
import { app } from './app.ts';
import { BrowserWindow, sharedChromium } from './browser-window.ts';
import { type MenuItem, open, powerMonitor } from './desktop-parts.ts';
import { record } from './record.ts';
import { download, permissionAnswers } from './session.ts';
import { openWindows } from './windows.ts';

let cardWrites: Awaited<ReturnType<typeof holdCardWrites>> | undefined;

/** What a test does to the desktop: each is asked for by name over the process's own channel, and answered. */
const controls = {
  endpoint: async () => (await sharedChromium()).endpoint,
  state: () => ({
    ...record,
    windows: openWindows().length,
    menu: labelsOf(open.menu?.items ?? []),
    tray: labelsOf(open.tray?.menu?.items ?? []),
    dialogs: open.dialogs.map(({ kind, options }) => ({ kind, options: clonable(options) })),
  }),
  clickMenu: (...labels: string[]) => itemAt(open.menu?.items ?? [], labels).click?.(),
  clickTray: (label: string) => itemAt(open.tray?.menu?.items ?? [], [label]).click?.(),
  clickNotification: () => open.notifications.at(-1)?.emit('click'),
  answerDialog: (value: unknown) => open.dialogs.shift()?.answer(value),
  /** In the next turn: the app may end with it, and this is answered before. */
  closeWindow: () => void setImmediate((window: BrowserWindow) => window.close(), theWindow()),
  moveWindow: (bounds: { x: number; y: number; width: number; height: number }) =>
    theWindow().setBounds(bounds),
  /** Chromium sends the command line reordered, so that nothing may be read from it. */
  secondInstance: (data: unknown) => app.emit('second-instance', {}, ['--lab', '/reordered'], '/', data),
  quit: () => void setImmediate(() => app.quit()),
  /** Tells the test when the system is held back. */
  shutDown() {
    setImmediate(() => {
      powerMonitor.emit('shutdown', {
        preventDefault() {
          process.send?.({ held: true });
        },
      });
    });
  },
  /** As Windows: every session that is not held ends, and so does one that is held when the operator says so. */
  endSession({ allTheSame }: { allTheSame: boolean }) {
    const window = theWindow();
    let held = false;
    const preventDefault = () => {
      held = true;
    };
    const reasons = ['logoff'] as const;
    window.emit('query-session-end', { reasons, preventDefault });
    // In the next turn: the app may end with it, and this is answered before.
    if (!held || allTheSame)
      setImmediate(() => window.emit('session-end', { reasons, preventDefault: () => undefined }));
    return held;
  },
  forgeMessage: (channel: string, url: string, isMainFrame: boolean) =>
    theWindow().webContents.forgeMessage(channel, url, isMainFrame),
  askToOpen: (url: string) => theWindow().webContents.askToOpen(url),
  attachWebview() {
    let prevented = false;
    theWindow().webContents.emit('will-attach-webview', {
      preventDefault() {
        prevented = true;
      },
    });
    return prevented;
  },
  preventUnload() {
    let isLetGo = false;
    theWindow().webContents.emit('will-prevent-unload', {
      preventDefault() {
        isLetGo = true;
      },
    });
    return isLetGo;
  },
  navigation(event: 'will-navigate' | 'will-redirect' | 'will-frame-navigate', url: string) {
    let prevented = false;
    theWindow().webContents.emit(event, {
      url,
      preventDefault() {
        prevented = true;
      },
    });
    return prevented;
  },
  permissionAnswers,
  download,
  /** A burn stands still when so many bytes of the card are written, until it is released. */
  async holdCardWrites(after: number) {
    cardWrites = await holdCardWrites({ after });
  },
  releaseCardWrites: () => cardWrites?.[Symbol.dispose](),
};

export type Controls = typeof controls;

function theWindow(): BrowserWindow {
  const [window] = openWindows();
  if (window instanceof BrowserWindow) return window;
  throw new Error('there is no window');
}

function labelsOf(items: readonly MenuItem[]): unknown[] {
  return items.flatMap<unknown>(({ label, role, accelerator, submenu }) => {
    const name = label ?? role;
    if (name === undefined) return [];
    const keys = accelerator === undefined ? name : `${name} (${accelerator})`;
    return submenu === undefined ? [keys] : [[keys, ...labelsOf(submenu)]];
  });
}

function itemAt(items: readonly MenuItem[], [first, ...rest]: readonly string[]): MenuItem {
  const found = items.find(({ label }) => label?.replace('&', '').startsWith(first ?? ''));
  if (found === undefined) throw new Error(`there is no menu item ${first}`);
  return rest.length === 0 ? found : itemAt(found.submenu ?? [], rest);
}

function clonable(options: unknown): unknown {
  return JSON.parse(JSON.stringify(options));
}

interface Question {
  readonly id: number;
  readonly control: keyof Controls;
  readonly parameters: unknown[];
}

process.on('message', ({ id, control, parameters }: Question) => {
  const call = async () => {
    const run = controls[control] as (...all: unknown[]) => unknown;
    return await run(...parameters);
  };
  call().then(
    (value) => process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
