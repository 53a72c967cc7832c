import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { record } from './record.ts';

export interface MenuItem {
  readonly label?: string;
  readonly role?: string;
  readonly type?: string;
  readonly accelerator?: string;
  readonly enabled?: boolean;
  readonly submenu?: readonly MenuItem[];
  click?(): void;
}

interface BuiltMenu {
  readonly items: readonly MenuItem[];
}

/** What is open for the test to use. */
export const open = {
  menu: undefined as BuiltMenu | undefined,
  tray: undefined as Tray | undefined,
  notifications: [] as Notification[],
  dialogs: [] as { kind: string; options: unknown; answer(value: unknown): void }[],
};

export const Menu = {
  buildFromTemplate: (items: readonly MenuItem[]): BuiltMenu => ({ items }),
  setApplicationMenu(menu: BuiltMenu): void {
    open.menu = menu;
  },
};

export class Tray extends EventEmitter<{ click: [] }> {
  menu: BuiltMenu | undefined;

  constructor(image: { isEmpty(): boolean }) {
    super();
    record.trayIconIsEmpty = image.isEmpty();
    open.tray = this;
  }

  setToolTip(text: string): void {
    record.trayToolTip = text;
  }

  setContextMenu(menu: BuiltMenu): void {
    this.menu = menu;
  }
}

export const nativeImage = {
  /** An image that cannot be read is empty, and no error. */
  createFromPath: (path: string) => ({ isEmpty: () => !existsSync(path) }),
};

export class Notification extends EventEmitter<{ click: []; close: []; failed: [] }> {
  readonly #options: { title: string; body: string };

  constructor(options: { title: string; body: string }) {
    super();
    this.#options = options;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    record.notifications.push({ ...this.#options });
    open.notifications.push(this);
  }
}

function ask<Answer>(kind: string, options: unknown): Promise<Answer> {
  return new Promise((resolve) => {
    open.dialogs.push({ kind, options, answer: (value) => resolve(value as Answer) });
  });
}

/** A message box that is taken back by its signal is answered as Escape would; one that is late is never shown. */
function askMessage(options: { signal?: AbortSignal; cancelId?: number }): Promise<{ response: number }> {
  const { signal, ...shown } = options;
  if (signal?.aborted) return Promise.resolve({ response: options.cancelId ?? 0 });
  const answered = ask<{ response: number }>('message', shown);
  const asked = open.dialogs.at(-1);
  signal?.addEventListener('abort', () => {
    open.dialogs = open.dialogs.filter((one) => one !== asked);
    asked?.answer({ response: options.cancelId ?? 0 });
  });
  return answered;
}

export const dialog = {
  showMessageBox: (...parameters: unknown[]) =>
    askMessage(parameters.at(-1) as Parameters<typeof askMessage>[0]),
  showOpenDialog: (...parameters: unknown[]) =>
    ask<{ canceled: boolean; filePaths: string[] }>('open', parameters.at(-1)),
  showErrorBox(title: string, content: string): void {
    record.errorBoxes.push({ title, content });
  },
};

export const nativeTheme = { shouldUseDarkColors: false };
export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }],
};
export const powerMonitor = new EventEmitter<{ shutdown: [{ preventDefault(): void }] }>();

let block = 0;
export const powerSaveBlocker = {
  start(): number {
    record.powerBlocks += 1;
    return (block += 1);
  },
  stop(): void {
    record.powerBlocks -= 1;
  },
};

export const shell = {
  async openExternal(url: string): Promise<void> {
    record.externalPages.push(url);
  },
};
