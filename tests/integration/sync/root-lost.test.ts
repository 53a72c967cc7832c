import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Order } from '../../../electron/services/sync/engine/apply-step.ts';
import { ApplyThreads } from '../../../electron/services/sync/engine/apply-threads.ts';
import { temporaryName } from '../../../electron/services/sync/engine/temporaries.ts';
import { ThreadControl } from '../../../electron/services/sync/engine/thread-control.ts';
import { endlessDeadline } from '../../../electron/services/sync/lock/lock-deadline.ts';
import { requireFileSystems } from '../../rig/file-systems/mount-file-system.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { Desk } from '../cli/run-cli.ts';
import { cleanEnd } from './clean-end.ts';
import { planOf } from './hand-made.ts';
import { syncAnswers } from './sync-answers.ts';
import { put, putLarge, synced, SyncDesk } from './sync-desk.ts';
import { apply, makeTree, treeOf, twoRoots } from './two-roots.ts';

let cli: Desk;
beforeAll(() => {
  cli = new Desk();
});
afterAll(() => cli.remove());

/** Before the system's own `sync`: the one that is asked for the `at`-th time waits until it is let go. */
class HeldSync {
  readonly #tool: string;

  constructor(folder: string, at: number) {
    mkdirSync(folder);
    this.#tool = join(folder, 'sync');
    const [held, go] = [`"$0.held"`, `"$0.go"`];
    const wait = `if [ $(wc -c <"$0.n") = ${at} ]; then >${held}; until [ -e ${go} ]; do sleep 0.01; done; fi`;
    writeFileSync(this.#tool, `#!/bin/sh\nprintf . >>"$0.n"\n${wait}\nPATH=\${PATH#*:} exec sync "$@"\n`, {
      mode: 0o755,
    });
  }

  get environment(): Record<string, string> {
    return { PATH: [join(this.#tool, '..'), process.env['PATH'] ?? ''].join(delimiter) };
  }

  get isHeld(): boolean {
    return existsSync(`${this.#tool}.held`);
  }

  goOn(): void {
    writeFileSync(`${this.#tool}.go`, '');
  }
}

interface Loss {
  /** The roots in its words. */
  readonly which: (desk: SyncDesk) => string;
  readonly lose: (desk: SyncDesk) => void;
  readonly bringBack: (desk: SyncDesk) => void;
  /** What lies where the root was. */
  readonly instead?: (desk: SyncDesk) => string;
  readonly byMount?: true;
}

const elsewhere = (desk: SyncDesk): string => join(desk.folder, 'elsewhere');
const marker = '.sifaka-sync.json';

const losses: Record<string, Loss> = {
  'the marker of the destination is gone': {
    which: ({ b }) => b,
    lose: (desk) => renameSync(join(desk.b, marker), elsewhere(desk)),
    bringBack: (desk) => renameSync(elsewhere(desk), join(desk.b, marker)),
  },
  'the marker of the source is gone': {
    which: ({ a }) => a,
    lose: (desk) => renameSync(join(desk.a, marker), elsewhere(desk)),
    bringBack: (desk) => renameSync(elsewhere(desk), join(desk.a, marker)),
  },
  'another folder has the name of the destination': {
    which: ({ b }) => b,
    lose(desk) {
      renameSync(desk.b, elsewhere(desk));
      mkdirSync(desk.b);
    },
    bringBack(desk) {
      rmSync(desk.b, { recursive: true });
      renameSync(elsewhere(desk), desk.b);
    },
    instead: ({ b }) => b,
  },
  'another file system is mounted over the destination': {
    which: ({ b }) => b,
    lose: ({ b }) => execFileSync('mount', ['-t', 'tmpfs', 'sifaka-test', b]),
    bringBack: ({ b }) => execFileSync('umount', [b]),
    instead: ({ b }) => b,
    byMount: true,
  },
};

const rootsOf = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.sifaka-trash'))
    .map((name) => `${name} ${statSync(join(root, name)).mtimeMs}`)
    .toSorted();

test.for(Object.entries(losses))(
  'while one batch becomes durable and the next one is copied, %s: nothing more is changed, and the next run goes on',
  async ([, loss], context) => {
    requireFaultLayer(context);
    requireTools(context, 'sync');
    if (loss.byMount) requireFileSystems(context);
    using desk = await new SyncDesk().init();
    const { a, b, logDir, pair } = desk;
    // Each is a batch; the folder and what is in it are of the third, too.
    putLarge(a, 3);
    put(a, 'large-02-folder/file', 'in a folder');
    put(b, 'large-01', 'the old version', 5000);
    const source = rootsOf(a);
    using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [a, b]);
    const sync = new HeldSync(join(desk.folder, 'tools'), 2);
    faults.arm({ action: 'pause', kinds: ['open'], part: 'large-02', at: 1, below: a });
    const flags = ['--src', a, '--dest', b, '--pair', pair, '--direction', 'a-to-b', '--log-dir', logDir];
    const running = cli.start([...flags, '--json'], {
      entry: 'ha-sync.ts',
      env: { ...faults.environment(), ...sync.environment },
    });
    while (!faults.paused || !sync.isHeld) await running.tick();
    loss.lose(desk);
    try {
      sync.goOn();
      faults.disarm();
      const { code, last } = await running.ended;
      expect([code, last['code'], last['what']]).toEqual([
        1,
        'SYNC_ROOT_LOST',
        `${loss.which(desk)} is not the folder any more that it was when this run began, or its marker is gone.`,
      ]);
      expect(last['state']).toMatch(
        /^2 operations of 5 were done \(136 MB copied\), each of them whole; the other files are as they were\./,
      );
      expect(last['next']).toBe('See whether it is still mounted, then run again.');
      if (loss.instead) expect(readdirSync(loss.instead(desk), { recursive: true })).toEqual([]);
    } finally {
      loss.bringBack(desk);
    }
    expect(synced(b)).toEqual(['large-00', 'large-01', 'large-02-folder']);
    expect([statSync(join(b, 'large-01')).size, readdirSync(join(b, 'large-02-folder'))]).toEqual([15, []]);
    cleanEnd(b);
    expect(rootsOf(a)).toEqual(source);
    // What failed half way may look newer than it is.
    await expect(desk.run(desk.back())).rejects.toMatchObject({ code: 'SYNC_BLOCKED' });
    const { report } = await desk.run();
    expect(report.problem).toBeUndefined();
    expect(synced(b)).toEqual(synced(a));
    cleanEnd(b);
    expect((await desk.run()).report.operations).toEqual([]);
    expect((await desk.run(desk.back())).report.operations).toEqual([]);
  },
);

/** What is left of a mount point when its mount is gone: a folder of the same name. */
function swap(root: string): string {
  const away = `${root}-away`;
  renameSync(root, away);
  mkdirSync(root);
  return away;
}

test('what is lost between the look and the first change is neither changed itself nor what has its name by then', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { a: 'new', 'folder/b': 'b', c: 'c' });
  makeTree(pair.dest, { a: 'old', gone: 'gone' });
  const takes = ['a', 'c', 'folder', 'folder/b'].map((take) => ({ take }));
  const plan = planOf(pair, [...takes, { drop: 'gone' }]);
  const away = swap(pair.dest);
  const applied = await apply(pair, plan);
  expect(applied.error).toMatchObject({ code: 'SYNC_ROOT_LOST' });
  expect(applied.operations.filter(({ status }) => status === 'success')).toEqual([]);
  expect(readdirSync(pair.dest)).toEqual([]);
  expect(treeOf(away)).toEqual({ a: 'old', gone: 'gone' });
  cleanEnd(away);
});

test('a pass whose last sync was of another folder does not say that all is durable', async () => {
  const pair = await twoRoots();
  makeTree(pair.src, { a: 'a' });
  const plan = planOf(pair, [{ take: 'a' }]);
  const tools = join(pair.dest, '../tools');
  const answered = syncAnswers(tools, 0, 0);
  // The last of two, which finds another folder there.
  const swapping = `if [ "$(wc -c <"$0.n")" = 1 ]; then mv ${pair.dest} ${pair.dest}-away; mkdir ${pair.dest}; fi`;
  const answers = readFileSync(join(tools, 'sync'), 'utf8');
  writeFileSync(join(tools, 'sync'), answers.replace('\n', `\n${swapping}\n`));
  const applied = await apply(pair, plan);
  expect(answered()).toBe(2);
  expect(applied.error).toMatchObject({
    code: 'SYNC_ROOT_LOST',
    data: { state: 'The changes were made; a power cut now could lose some of them.' },
  });
  expect(applied.batches.flatMap((batch) => batch.applied)).toEqual([]);
  expect([readdirSync(pair.dest), treeOf(`${pair.dest}-away`)]).toEqual([[], { a: 'a' }]);
});

test('a copy that was made in a root that is lost since is taken away, also by a thread that starts only then', async () => {
  const pair = await twoRoots();
  const { source, destination } = pair.roots;
  const name = temporaryName(randomUUID(), 1);
  makeTree(pair.dest, { 'folder/kept': 'kept', [`folder/${name}`]: 'a copy' });
  const deadline = endlessDeadline();
  const control = new ThreadControl(deadline).memory;
  const steadyInodes = { source: true, destination: true };
  const data = {
    source,
    destination,
    iteration: randomUUID(),
    control,
    deadline,
    syncEach: false,
    steadyInodes,
  };
  const threads = new ApplyThreads(data, 1);
  const away = swap(pair.dest);
  try {
    // More than are done without a thread.
    const orders = Array.from(
      { length: 1001 },
      (): Order => ({ do: 'discard', path: 'folder/file', temporary: name }),
    );
    const outcomes = await threads.run(orders);
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['done']));
  } finally {
    await threads.close();
  }
  expect([readdirSync(pair.dest), treeOf(away)]).toEqual([[], { folder: null, 'folder/kept': 'kept' }]);
});
