import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type Page } from 'playwright';
import type { TestContext } from 'vitest';
import { requireDouble, RunningDouble } from '../../rig/electron-double/start-double.ts';

const root = join(import.meta.dirname, '../../..');

/** Electron writes it when its binary has arrived. */
const hasElectron = existsSync(join(root, 'node_modules/electron/path.txt'));

/** The app with its window: Electron itself where its binary is, else the double. */
export interface RunningDesktop extends AsyncDisposable {
  page(): Promise<Page>;
  /** Closes the window, which may end the app. */
  closeWindow(): Promise<void>;
}

/** Skips the test loudly where there is neither. */
export function requireDesktop(context: TestContext): void {
  if (!hasElectron) requireDouble(context);
}

/** `built` is the app, `folder` holds its own folders and labs. */
export async function startDesktop(options: {
  readonly built: string;
  readonly folder: string;
  readonly argv: readonly string[];
}): Promise<RunningDesktop> {
  const { built, folder, argv } = options;
  if (!hasElectron) {
    const double = new RunningDouble({ built, folder, argv });
    return {
      page: () => double.page(),
      closeWindow: () => double.closeWindow(),
      [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
    };
  }
  const environment = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const electron = await _electron.launch({
    args: [join(built, 'out/main/main.js'), ...argv],
    cwd: folder,
    env: { ...Object.fromEntries(environment), SIFAKA_HOME: join(folder, 'home') },
  });
  return {
    page: () => electron.firstWindow(),
    async closeWindow() {
      await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    },
    [Symbol.asyncDispose]: () => electron.close(),
  };
}
