import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type Page } from 'playwright';
import type { TestContext } from 'vitest';
import { requireDouble, RunningDouble } from '../../rig/electron-double/start-double.ts';

const root = join(import.meta.dirname, '../../..');

/** Electron's installer writes it when the binary has arrived. The app opens no window for root, whom the double steps down from. */
const runsElectron =
  existsSync(join(root, 'node_modules/electron/path.txt')) &&
  !(process.platform === 'linux' && process.getuid?.() === 0);

/** The app with its window: Electron itself where its binary is, else the double. */
export interface RunningDesktop extends AsyncDisposable {
  page(): Promise<Page>;
  /** Closes the window, and resolves when its page is gone; the app may end with it. */
  closeWindow(): Promise<void>;
  /** Opens the window again, as starting the app a second time does. */
  openWindow(): Promise<Page>;
  /** A burn stands still half way until it is released. Electron's is not held: nobody can get into its process so far. */
  holdCardWrites(): Promise<void>;
  releaseCardWrites(): Promise<void>;
}

/** Skips the test loudly where there is neither. */
export function requireDesktop(context: TestContext): void {
  if (!runsElectron) requireDouble(context);
}

/** `built` is the app, `folder` holds its own folders and labs. */
export async function startDesktop(options: {
  readonly built: string;
  readonly folder: string;
  readonly argv: readonly string[];
}): Promise<RunningDesktop> {
  const { built, folder, argv } = options;
  sayWhichRan(runsElectron ? 'Electron' : 'the double of Electron');
  if (!runsElectron) {
    const double = new RunningDouble({ built, folder, argv });
    return {
      page: () => double.page(),
      closeWindow: () => double.closeWindow(),
      async openWindow() {
        await double.control('secondInstance', {});
        return double.page();
      },
      holdCardWrites: () => double.control('holdCardWrites', 256 << 20),
      releaseCardWrites: () => double.control('releaseCardWrites'),
      [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
    };
  }
  const environment = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const electron = await _electron.launch({
    args: [join(built, 'out/main/main.js'), ...argv],
    cwd: folder,
    env: { ...Object.fromEntries(environment), SIFAKA_HOME: join(folder, 'home'), LANGUAGE: 'en_US' },
    // Without this, Playwright turns off on Linux what the window lives in.
    chromiumSandbox: true,
  });
  return {
    page: () => electron.firstWindow(),
    async closeWindow() {
      const closed = (await electron.firstWindow()).waitForEvent('close');
      // In the next turn: the app may end with it, and this is answered before.
      await electron.evaluate(({ BrowserWindow }) => {
        setImmediate(() => BrowserWindow.getAllWindows()[0]?.close());
      });
      await closed;
    },
    async openWindow() {
      await electron.evaluate(({ app }) => void app.emit('second-instance', {}, [], '/', {}));
      return electron.firstWindow();
    },
    holdCardWrites: async () => undefined,
    releaseCardWrites: async () => undefined,
    async [Symbol.asyncDispose]() {
      // After a test that failed while something ran, the app asks before it quits, and nobody answers.
      const overdue = setTimeout(() => electron.process().kill('SIGKILL'), 20_000);
      await electron.close().finally(() => clearTimeout(overdue));
    },
  };
}

/** For the last lines of the run: scripts/desktop-ran.mjs. */
function sayWhichRan(name: string): void {
  const file = process.env['SIFAKA_DESKTOP_RAN'];
  if (file) appendFileSync(file, `${name}\n`);
}
