import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pruneTrash } from '../../../electron/services/sync/engine/trash-retention.ts';
import { openRoot } from '../../../electron/services/sync/engine/open-roots.ts';
import { undoRun } from '../../../electron/services/sync/runs/undo-run.ts';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { Desk } from '../cli/run-cli.ts';
import { contents, put, SyncDesk } from './sync-desk.ts';

let cli: Desk;
beforeAll(() => {
  cli = new Desk();
});
afterAll(() => cli.remove());

/** A run that replaced two files, what its trash is called, and a later one that replaced another. */
async function twoRuns() {
  const desk = await new SyncDesk().init();
  for (const name of ['one.txt', 'two.txt']) {
    put(desk.a, name, `new ${name}`, 10);
    put(desk.b, name, `the old ${name}`, 5000);
  }
  const { report } = await desk.run();
  put(desk.a, 'two.txt', 'newer still', 1);
  await desk.run();
  const uid = report.iteration.iteration_uid;
  return { desk, uid, trash: join(desk.b, '.sifaka-trash') };
}

function undo(desk: SyncDesk, iteration: string, dest?: string) {
  const request = { iteration, logDir: desk.logDir, lockTtlSeconds: 3600, dryRun: false };
  return undoRun({ ...request, ...(dest !== undefined && { dest }) }, desk.ports(), {
    signal: new AbortController().signal,
    tell: (event) => desk.events.push(event),
  });
}

const damages: Record<string, (file: string) => void> = {
  torn: (file) => truncateSync(file, 40),
  empty: (file) => truncateSync(file),
  'of a newer version': (file) =>
    writeFileSync(file, readFileSync(file, 'utf8').replace('sync-trash/1', 'sync-trash/2')),
  'a link': (file) => {
    rmSync(file);
    symlinkSync('/etc/hostname', file);
  },
};

test.for(Object.entries(damages))(
  'a record that is %s: each run names it, an undo refuses it, and nothing of that run is ever removed',
  async ([, damage]) => {
    const made = await twoRuns();
    using desk = made.desk;
    const { uid, trash } = made;
    const record = join(trash, `${uid}.json`);
    damage(record);
    const { report } = await desk.run();
    expect(report.problem).toBeUndefined();
    const said = expect.stringContaining(
      `${record} cannot be understood: it is damaged, or of a newer version of Sifaka. The run ${uid} cannot be taken back`,
    );
    expect(desk.notes.filter((note) => note.includes(uid))).toEqual([said]);
    const before = contents(desk.b);
    for (const dest of [undefined, desk.b]) {
      await expect(undo(desk, uid, dest)).rejects.toMatchObject({
        code: 'SYNC_NOT_UNDOABLE',
        data: { what: said, state: 'Nothing was changed.', next: expect.stringContaining(join(trash, uid)) },
      });
    }
    expect(contents(desk.b)).toEqual(before);
    const root = openRoot({ path: desk.b, pair: desk.pair });
    for (const days of [400, 402, 900])
      await pruneTrash(root, {
        retainDays: 30,
        now: new Date(Date.now() + days * 86_400_000),
        pair: desk.pair,
      });
    await pruneTrash(root, { retainDays: 0, now: new Date(Date.now() + 1000), pair: desk.pair });
    const left = readdirSync(trash).filter((name) => /^[\da-f-]{36}/.test(name));
    expect(left.toSorted()).toEqual([uid, `${uid}.json`, `${uid}.jsonl`]);
    expect(contents(join(trash, uid))).toEqual({
      'one.txt': 'the old one.txt',
      'two.txt': 'the old two.txt',
    });
  },
);

test('what is missing at a source with such a record is deleted nowhere: that run may have been cut off', async () => {
  using desk = await new SyncDesk().init();
  put(desk.b, 'one.txt', 'new', 10);
  put(desk.a, 'one.txt', 'old', 5000);
  put(desk.a, 'folder/two.txt', 'two');
  const { report } = await desk.run(desk.back());
  await desk.run();
  const record = join(desk.a, '.sifaka-trash', `${report.iteration.iteration_uid}.json`);
  truncateSync(record, 40);
  // As a kill leaves it between taking the old version away and giving the new one its name.
  rmSync(join(desk.a, 'one.txt'));
  rmSync(join(desk.a, 'folder'), { recursive: true });
  const deleting = desk.request({ deleteMissing: true, maxDeletePercent: 100 });
  for (const request of [{ ...deleting, dryRun: true }, deleting]) {
    const { problem, operations, notices } = (await desk.run(request)).report;
    expect([problem, operations]).toEqual([undefined, []]);
    expect(notices.map(({ kind, filepath }) => [kind, filepath])).toEqual([
      ['kept', 'folder/two.txt'],
      ['kept', 'one.txt'],
    ]);
    expect(notices[0]?.text).toContain(
      'The record of a run in the trash of the source cannot be understood, or not all of it.',
    );
  }
  expect(contents(desk.b)).toEqual({ 'one.txt': 'new', 'folder/two.txt': 'two' });
  rmSync(record);
  await desk.run(deleting);
  expect(contents(desk.b)).toEqual({});
});

/** A run from B to A that was killed when A's folder was in the trash, and B's file not in its place yet. */
async function killedBetween(): Promise<{ desk: SyncDesk; uid: string; trash: string; file: string }> {
  const desk = await new SyncDesk().init();
  const { a, b, pair, logDir } = desk;
  put(a, 'mixed/inside.txt', 'inside', 5000);
  utimesSync(join(a, 'mixed'), 1e9, 1e9);
  put(b, 'mixed', 'a file by now', 10);
  put(b, 'other.txt', 'other', 10);
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [a, b]);
  faults.arm({ action: 'kill', moment: 'after', kinds: ['rename'], part: '/mixed', at: 1, below: a });
  const direction = ['--src', b, '--dest', a, '--direction', 'b-to-a', '--max-delete', '100'];
  const { code } = await cli.run([...direction, '--pair', pair, '--log-dir', logDir], {
    entry: 'ha-sync.ts',
    env: faults.environment(),
  });
  expect([code, faults.fired.times, existsSync(join(a, 'mixed'))]).toEqual([null, 1, false]);
  const trash = join(a, '.sifaka-trash');
  const name = readdirSync(trash).find((one) => one.endsWith('.jsonl')) ?? '';
  return { desk, uid: name.replace('.jsonl', ''), trash, file: join(trash, name) };
}

const lineDamages: Record<string, (line: string) => string> = {
  'overwritten with zeros': (line) => '\0'.repeat(line.length),
  'torn in the middle': (line) => line.slice(0, line.length / 2),
  'of a newer version': () => '{"do":"something new"}',
};

test.for(Object.entries(lineDamages))(
  'what is missing at a source whose killed run has a line %s is deleted nowhere until somebody has looked',
  async ([, damaged], context) => {
    requireFaultLayer(context);
    const killed = await killedBetween();
    using desk = killed.desk;
    const { uid, trash, file } = killed;
    rewrite(file, (line) => (line.includes('"path":"mixed"') ? damaged(line) : undefined));
    const deleting = desk.request({ deleteMissing: true, maxDeletePercent: 100 });
    // The second real run finds the killed one looked through by the first.
    for (const request of [{ ...deleting, dryRun: true }, deleting, deleting]) {
      const said = desk.notes.length;
      const { problem, operations, notices } = (await desk.run(request)).report;
      expect([problem, operations]).toEqual([undefined, []]);
      expect(notices).toEqual([expect.objectContaining({ kind: 'kept', filepath: 'mixed' })]);
      expect(desk.notes.slice(said).filter((note) => note.includes('cannot be understood'))).toEqual([
        expect.stringMatching(
          new RegExp(
            `^1 line of ${file} cannot be understood: .* move all of ${trash} that begins with ${uid}`,
          ),
        ),
      ]);
    }
    const root = openRoot({ path: desk.a, pair: desk.pair });
    for (const retainDays of [30, 0])
      for (const days of [400, 900])
        await pruneTrash(root, {
          retainDays,
          now: new Date(Date.now() + days * 86_400_000),
          pair: desk.pair,
        });
    expect(contents(join(trash, uid))).toEqual({ 'mixed/inside.txt': 'inside' });
    expect(contents(desk.b)).toEqual({ mixed: 'a file by now', 'other.txt': 'other' });
    for (const name of readdirSync(trash))
      if (name.startsWith(uid)) rmSync(join(trash, name), { recursive: true });
    const before = desk.notes.length;
    await desk.run(deleting);
    expect(contents(desk.b)).toEqual({ 'other.txt': 'other' });
    expect(desk.notes.slice(before)).toEqual([]);
  },
);

test('nor does a torn last line of a killed run keep anything from being deleted: it was never acted upon', async (context) => {
  requireFaultLayer(context);
  const killed = await killedBetween();
  using desk = killed.desk;
  writeFileSync(killed.file, `${readFileSync(killed.file, 'utf8')}{"uid":"half a li`);
  put(desk.b, 'gone.txt', 'A never had it');
  await desk.run(desk.request({ deleteMissing: true, maxDeletePercent: 100 }));
  expect(desk.notes.filter((note) => note.includes('cannot be understood'))).toEqual([]);
  // What was begun is taken back: the folder that was taken away is there again.
  expect(contents(desk.a)).toEqual({ 'mixed/inside.txt': 'inside', 'other.txt': 'other' });
  expect(contents(desk.b)).toEqual({ mixed: 'a file by now', 'other.txt': 'other' });
});

test('a file that is not called as a record is none', async () => {
  const made = await twoRuns();
  using desk = made.desk;
  writeFileSync(join(made.trash, 'notes.json'), 'mine');
  await desk.run();
  expect(desk.notes).toEqual([]);
  expect(existsSync(join(made.trash, 'notes.json'))).toBe(true);
});

/** The lines of a run's steps: `undefined` leaves one as it is. */
function rewrite(file: string, change: (line: string, index: number) => string | undefined): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, lines.map((line, index) => change(line, index) ?? line).join('\n'));
}

test.for([
  ['zeros of a bad disk', (line: string) => '\0'.repeat(line.length)],
  ['a step of a newer version', () => '{"do":"something new"}'],
  ['half a line', (line: string) => line.slice(0, 60)],
] as const)('an undo says of %s among the steps that it left them out', async ([, damaged]) => {
  const made = await twoRuns();
  using desk = made.desk;
  const { uid, trash } = made;
  const file = join(trash, `${uid}.jsonl`);
  rewrite(file, (line, index) => (index === 0 ? damaged(line) : undefined));
  await undo(desk, uid);
  expect(desk.notes).toContain(
    `1 line of ${file} cannot be understood; what they speak of was left as it is.`,
  );
});

test('a last line that a kill cut off was never acted upon, and is nothing to tell of', async () => {
  const made = await twoRuns();
  using desk = made.desk;
  const file = join(made.trash, `${made.uid}.jsonl`);
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"uid":"half a li`);
  await undo(desk, made.uid);
  expect(desk.notes).toEqual([]);
  expect(contents(desk.b)['one.txt']).toBe('the old one.txt');
});
