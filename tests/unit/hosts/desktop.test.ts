import { EventEmitter } from 'node:events';
import { app, type MessagePortMain, powerMonitor } from 'electron';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AskOperator } from '../../../electron/hosts/one-question.ts';
import { Desktop } from '../../../electron/shell/desktop.ts';
import { Problem } from '../../../shared/problem.ts';
import type { CardPlan } from '../../../shared/schemas/card.ts';

/** In the order in which it happened. */
const { happened, jobsOf, notices, boxes, menus, meanwhile, windows, questions } = vi.hoisted(() => ({
  windows: [] as { emit(event: 'closed'): void }[],
  /** What the operator is being asked, each with the page's way to be told. */
  questions: [] as { answer(yes: boolean): void }[],
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
    app: Object.assign(new Emitter(), { quit: () => void happened.push('quits') }),
    dialog: {
      showMessageBox: async ({ message }: { message: string }) => void boxes.push(message),
      showErrorBox: (title: string) => void boxes.push(title),
    },
    Menu: {
      buildFromTemplate: (template: unknown) => template,
      setApplicationMenu: (template: unknown) => void menus.push(JSON.stringify(template)),
    },
    powerMonitor: new Emitter(),
    powerSaveBlocker: {
      start: (kind: string) => happened.push(`kept awake: ${kind}`),
      stop: () => void happened.push('may sleep'),
    },
  };
});
vi.mock('../../../electron/shell/tray.ts', () => ({ setupTray: () => ({ show() {} }) }));
vi.mock('../../../electron/shell/notices.ts', () => ({
  noticeEnd: ({ title }: { title: string }) => void notices.push(title),
  noticeGoesOn() {},
}));
vi.mock('../../../electron/shell/window.ts', () => ({
  async makeWindow() {
    const window = Object.assign(new EventEmitter(), {
      loadURL: async () => void happened.push('page loaded'),
      isMinimized: () => false,
      show() {},
      focus() {},
      setProgressBar() {},
    });
    windows.push(window);
    return window;
  },
}));
vi.mock('../../../electron/shell/erasure-question.ts', () => ({
  askToErase: () => new Promise<boolean>((resolve) => questions.push({ answer: resolve })),
}));
vi.mock('../../../electron/hosts/port.ts', () => ({
  serveElectronPort(services: { lab: string }, askOperator: AskOperator) {
    ask = askOperator;
    return () => void happened.push(`port of ${services.lab}`);
  },
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
      bridge: {
        keepChecking: (until: AbortSignal) =>
          until.addEventListener('abort', () => happened.push(`no more checks of ${lab}`)),
      },
      backups: { keepCollecting: () => undefined, keepTesting: () => undefined },
      close: async () => void happened.push(`closed ${lab}`),
    };
  },
}));

/** As the router asks before a drive is written. */
let ask: AskOperator;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const own = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
beforeEach(() => {
  for (const list of [happened, notices, boxes, menus, windows, questions]) list.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  app.removeAllListeners();
  powerMonitor.removeAllListeners();
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

describe('another lab', () => {
  it('takes the place of the former: its services are closed, and the page gets the new ones', async () => {
    const { desktop } = await started();
    desktop.openLab('/two');
    await turns();
    expect(happened).toEqual(['opened /two', 'no more checks of /one', 'closed /one', 'page loaded']);
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
});

/** Something runs, the window is closed, and `end` is how it ends. */
async function closedWhileSomethingRuns() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { desktop } = await started();
  const run = Promise.withResolvers<unknown>();
  jobsOf.get('/one')?.start(job(run.promise));
  windows[0]?.emit('closed');
  return {
    desktop,
    end: async () => {
      run.resolve({ outcome: 'done' });
      await turns();
    },
  };
}

describe('an app without a window', () => {
  it('stays while something runs, and a minute after it', async () => {
    const { end } = await closedWhileSomethingRuns();
    vi.advanceTimersByTime(3_600_000);
    expect(happened).toEqual([]);
    await end();
    vi.advanceTimersByTime(59_999);
    expect(happened).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(happened).toEqual(['quits']);
  });

  it('stays when its window is opened in this minute', async () => {
    const { desktop, end } = await closedWhileSomethingRuns();
    await end();
    desktop.open();
    await turns();
    vi.advanceTimersByTime(3_600_000);
    expect(happened).toEqual(['page loaded']);
  });

  it('stays when something else begins in this minute', async () => {
    const { end } = await closedWhileSomethingRuns();
    await end();
    jobsOf.get('/one')?.start({ ...job(), id: 'b' });
    vi.advanceTimersByTime(3_600_000);
    expect(happened).toEqual([]);
  });

  it('is not waited for while its window is open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await started();
    jobsOf.get('/one')?.start(job(Promise.resolve({ outcome: 'done' })));
    await turns();
    vi.advanceTimersByTime(3_600_000);
    expect(happened).toEqual([]);
  });
});

describe('the machine', () => {
  it('is kept awake while a drive is written, by the first of two and until the last has ended', async () => {
    await started();
    const runs = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()] as const;
    for (const [index, { promise }] of runs.entries()) {
      const id = `burn-${index}`;
      jobsOf.get('/one')?.start({ ...job(promise), id, kind: 'card-burn', subject: `/dev/sd${index}` });
    }
    expect(happened).toEqual(['kept awake: prevent-app-suspension']);
    runs[0].resolve({ outcome: 'done' });
    await turns();
    expect(happened).toHaveLength(1);
    runs[1].resolve({ outcome: 'failed' });
    await turns();
    expect(happened).toEqual(['kept awake: prevent-app-suspension', 'may sleep']);
  });

  it.each([
    ['card-build', '/x.img'],
    ['card-burn', '/home/operator/virtual-drive.img'],
    ['card-verify', '/dev/sda'],
  ])('may sleep during a %s of %s', async (kind, subject) => {
    await started();
    jobsOf.get('/one')?.start({ ...job(), kind, subject });
    expect(happened).toEqual([]);
  });
});

const wanted = () => Promise.resolve(ask({ kind: 'card', plan: {} as CardPlan }, { signal: undefined }));

it('the operator is asked one thing at a time: a second page is told so, and may ask when the first has its answer', async () => {
  await started();
  const first = wanted();
  const second = wanted();
  expect(questions).toHaveLength(1);
  await expect(second).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
  questions[0]?.answer(true);
  expect(await first).toBe(true);
  const next = wanted();
  questions[1]?.answer(false);
  expect(await next).toBe(false);
  expect(questions).toHaveLength(2);
});
