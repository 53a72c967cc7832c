import { EventEmitter } from 'node:events';
import type { MessagePortMain } from 'electron';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Desktop } from '../../../electron/shell/desktop.ts';
import { Problem } from '../../../shared/problem.ts';

/** In the order in which it happened. */
const { happened, jobsOf, notices, boxes, menus, meanwhile } = vi.hoisted(() => ({
  /** What happens while a lab is opened. */
  meanwhile: new Map<string, () => void>(),
  happened: [] as string[],
  jobsOf: new Map<string, { start(job: unknown): void; isListened(): boolean }>(),
  notices: [] as string[],
  boxes: [] as string[],
  menus: [] as string[],
}));

vi.mock('electron', async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  return {
    app: Object.assign(new Emitter(), { quit() {} }),
    dialog: {
      showMessageBox: async ({ message }: { message: string }) => void boxes.push(message),
      showErrorBox: (title: string) => void boxes.push(title),
    },
    Menu: {
      buildFromTemplate: (template: unknown) => template,
      setApplicationMenu: (template: unknown) => void menus.push(JSON.stringify(template)),
    },
    powerMonitor: new Emitter(),
    powerSaveBlocker: { start: () => 1, stop() {} },
  };
});
vi.mock('../../../electron/shell/tray.ts', () => ({ setupTray: () => ({ show() {} }) }));
vi.mock('../../../electron/shell/notices.ts', () => ({
  noticeEnd: ({ title }: { title: string }) => void notices.push(title),
  noticeGoesOn() {},
}));
vi.mock('../../../electron/shell/window.ts', () => ({
  makeWindow: async () =>
    Object.assign(new EventEmitter(), {
      loadURL: async () => void happened.push('page loaded'),
      isMinimized: () => false,
      show() {},
      focus() {},
      setProgressBar() {},
    }),
}));
vi.mock('../../../electron/hosts/port.ts', () => ({
  serveElectronPort: (services: { lab: string }) => () => void happened.push(`port of ${services.lab}`),
}));
vi.mock('../../../electron/hosts/open-services.ts', () => ({
  async openServices({ lab }: { lab: string }) {
    if (lab === '/none') {
      throw new Problem('LAB_NOT_FOUND', { what: 'There is none.', state: 'As before.', next: 'Look.' });
    }
    happened.push(`opened ${lab}`);
    meanwhile.get(lab)?.();
    const listeners = new Set<(job: unknown) => void>();
    jobsOf.set(lab, {
      start(begun) {
        for (const listener of listeners) listener(begun);
      },
      isListened: () => listeners.size > 0,
    });
    return {
      lab,
      jobs: {
        onStart(listener: (job: unknown) => void, signal: AbortSignal) {
          listeners.add(listener);
          signal.addEventListener('abort', () => listeners.delete(listener));
        },
        async *follow() {},
      },
      close: async () => void happened.push(`closed ${lab}`),
    };
  },
}));

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const own = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
beforeEach(() => {
  for (const list of [happened, notices, boxes, menus]) list.length = 0;
});
afterEach(() => {
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) {
      if (!own.get(signal)?.includes(listener)) process.off(signal, listener);
    }
  }
});

const turns = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** The desktop over `/one`, and what it remembers. */
async function started() {
  const remembered: string[] = [];
  const desktop = new Desktop(
    { preload: '', trayIcon: '' },
    {
      read: async () => ({ recentLabs: remembered.toReversed() }),
      rememberLab: async (path) => void remembered.push(path),
      rememberWindow: async () => undefined,
      written: async () => undefined,
    },
  );
  await desktop.start('/one', undefined);
  await turns();
  happened.length = 0;
  return { desktop, remembered };
}

function job(finished: Promise<unknown> = new Promise(() => undefined)) {
  return { id: 'a', kind: 'card-build', title: 'Build titan-13', subject: '/x.img', finished };
}

it('another lab takes the place of the former: its services are closed, and the page gets the new ones', async () => {
  const { desktop } = await started();
  desktop.openLab('/two');
  await turns();
  expect(happened).toEqual(['opened /two', 'closed /one', 'page loaded']);
  desktop.serve({} as MessagePortMain);
  expect(happened.at(-1)).toBe('port of /two');
  expect([jobsOf.get('/one')?.isListened(), jobsOf.get('/two')?.isListened()]).toEqual([false, true]);
});

it('both are remembered, and the menu offers the former', async () => {
  const { desktop, remembered } = await started();
  desktop.openLab('/two');
  await turns();
  expect(remembered).toEqual(['/one', '/two']);
  expect(menus.at(-1)).toContain('one — /one');
  expect(menus.at(-1)).not.toContain('two — /two');
});

it('nothing changes while something runs', async () => {
  const { desktop, remembered } = await started();
  jobsOf.get('/one')?.start(job());
  desktop.openLab('/two');
  await turns();
  expect(boxes).toEqual(['Something still runs in this lab.']);
  expect(happened).toEqual([]);
  expect(remembered).toEqual(['/one']);
});

it('nothing changes when something begins while the other is opened, which is closed again', async () => {
  const { desktop, remembered } = await started();
  meanwhile.set('/two', () => jobsOf.get('/one')?.start(job()));
  desktop.openLab('/two');
  await turns();
  meanwhile.clear();
  expect(boxes).toEqual(['Something still runs in this lab.']);
  expect(happened.slice(0, 2)).toEqual(['opened /two', 'closed /two']);
  expect(remembered).toEqual(['/one']);
  desktop.serve({} as MessagePortMain);
  expect(happened.at(-1)).toBe('port of /one');
});

it('one that cannot be opened leaves the former as it is', async () => {
  const { desktop, remembered } = await started();
  desktop.openLab('/none');
  await turns();
  expect(boxes).toEqual(['This lab cannot be opened']);
  expect(happened).toEqual([]);
  expect(remembered).toEqual(['/one']);
  const done = Promise.resolve({ outcome: 'done' });
  jobsOf.get('/one')?.start(job(done));
  await turns();
  expect(notices).toEqual(['Build titan-13']);
});
