import { randomUUID } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Fault } from '../../rig/sync-faults/fault-control.ts';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { Desk } from '../cli/run-cli.ts';
import { cleanEnd } from './clean-end.ts';
import { contents, put, SyncDesk } from './sync-desk.ts';

let cli: Desk;
beforeAll(() => {
  cli = new Desk();
});
afterAll(() => cli.remove());

const haSync = ({ a, b, pair, logDir }: SyncDesk, faults: FaultLayer) =>
  cli.run(['--src', a, '--dest', b, '--pair', pair, '--direction', 'a-to-b', '--log-dir', logDir, '--json'], {
    entry: 'ha-sync.ts',
    env: faults.environment(),
  });

/** Every name, also of what the sync keeps there for itself. */
const everything = (root: string): string[] =>
  readdirSync(root, { encoding: 'utf8', recursive: true }).toSorted((one, other) => (one < other ? -1 : 1));

/** Two files to replace and one to make. */
async function editedDesk(): Promise<SyncDesk> {
  const desk = await new SyncDesk().init();
  for (const name of ['one.txt', 'two.txt']) {
    put(desk.a, name, `new ${name}`, 10);
    put(desk.b, name, `the old ${name}`, 5000);
  }
  put(desk.a, 'three.txt', 'three');
  return desk;
}

test('killed between two changes: the next run, of the other direction, ends it and records all that was done', async (context) => {
  requireFaultLayer(context);
  using desk = await editedDesk();
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
  faults.arm({ action: 'kill', moment: 'after', kinds: ['rename'], part: '.txt', at: 2, below: desk.b });
  expect((await haSync(desk, faults)).code).toBeNull();
  expect(faults.fired.times).toBe(1);
  faults.disarm();
  await desk.run(desk.back());
  expect(desk.notes.join('\n')).toContain('was cut off. What it had begun is ended');
  const { iterations, operations } = await desk.rows();
  expect(iterations.map(({ direction, status }) => [direction, status])).toEqual([
    ['a-to-b', 'failed'],
    ['b-to-a', 'success'],
  ]);
  const [killed] = iterations;
  const done = operations.filter((row) => row.iteration_uid === killed?.iteration_uid);
  const live = contents(desk.b);
  const changed = Object.keys(live).filter((name) => live[name] === contents(desk.a)[name]);
  expect(done.map(({ filepath }) => filepath).toSorted()).toEqual(changed.toSorted());
  await desk.run();
  expect(contents(desk.b)).toEqual(contents(desk.a));
  cleanEnd(desk.b);
});

test('a log folder that fills up meanwhile stops the run; what it had changed is recorded by the next', async (context) => {
  requireFaultLayer(context);
  using desk = await editedDesk();
  const roots = [desk.a, desk.b, desk.logDir];
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), roots);
  faults.arm({
    action: 'fail',
    error: 'ENOSPC',
    kinds: ['write'],
    part: 'opslog-',
    at: 1,
    onward: true,
    below: desk.logDir,
  });
  const { code, last } = await haSync(desk, faults);
  expect([code, last['code'], last['state']]).toEqual([
    1,
    'SYNC_LOG_FOLDER_UNUSABLE',
    expect.stringContaining('3 operations of 3 were done'),
  ]);
  expect(faults.fired.times).toBeGreaterThan(0);
  faults.disarm();
  await desk.run();
  const { operations } = await desk.rows();
  expect(operations.map(({ filepath }) => filepath).toSorted()).toEqual(['one.txt', 'three.txt', 'two.txt']);
  expect(contents(desk.b)).toEqual(contents(desk.a));
});

const endings: Record<string, Fault> = {
  'the log folder is full': {
    action: 'fail',
    error: 'ENOSPC',
    kinds: ['write'],
    part: 'opslog-',
    at: 1,
    onward: true,
  },
  'it is killed': { action: 'kill', moment: 'before', kinds: ['create'], part: 'opslog-', at: 1 },
};

test.for(Object.entries(endings))(
  'a run that is to end a killed one, when %s: the one after it records all that was done',
  async ([, fault], context) => {
    requireFaultLayer(context);
    using desk = await editedDesk();
    const roots = [desk.a, desk.b, desk.logDir];
    using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), roots);
    faults.arm({ action: 'kill', moment: 'after', kinds: ['rename'], part: '.txt', at: 2, below: desk.b });
    expect((await haSync(desk, faults)).code).toBeNull();
    faults.arm({ ...fault, below: desk.logDir });
    expect((await haSync(desk, faults)).code).not.toBe(0);
    expect(faults.fired.times).toBeGreaterThan(0);
    faults.disarm();
    await desk.run();
    const { operations } = await desk.rows();
    expect(operations.map(({ filepath }) => filepath).toSorted()).toEqual([
      'one.txt',
      'three.txt',
      'two.txt',
    ]);
    cleanEnd(desk.b);
  },
);

test('a dry run changes neither side, also where a run was cut off; it says that the next one ends it', async (context) => {
  requireFaultLayer(context);
  using desk = await editedDesk();
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
  faults.arm({ action: 'kill', moment: 'before', kinds: ['rename'], part: '.txt', at: 2, below: desk.b });
  expect((await haSync(desk, faults)).code).toBeNull();
  const left = everything(desk.b);
  await desk.run(desk.request({ dryRun: true }));
  expect(everything(desk.b)).toEqual(left);
  expect(desk.notes.join('\n')).toContain('was cut off. The next real run ends what it had begun');
  await desk.run();
  expect(contents(desk.b)).toEqual(contents(desk.a));
  cleanEnd(desk.b);
});

test('a record that leads out of its root is left alone and named, and the run goes on', async () => {
  using desk = await editedDesk();
  const { report } = await desk.run();
  const uid = report.iteration.iteration_uid;
  const trash = join(desk.b, '.sifaka-trash');
  const record = join(trash, `${uid}.json`);
  writeFileSync(record, readFileSync(record, 'utf8').replace('"finished":true', '"finished":false'));
  const file = join(trash, `${uid}.jsonl`);
  const [line = ''] = readFileSync(file, 'utf8').split('\n');
  const intent = z.record(z.string(), z.unknown()).parse(JSON.parse(line));
  put(desk.folder, 'outside/precious', 'precious');
  const paths = ['../outside/precious', '/outside', 'a//b', './a', 'a/../..', 'a\0b', ''];
  const lines = paths.flatMap((path) => [
    { ...intent, uid: randomUUID(), path },
    { ...intent, uid: randomUUID(), operation: 'update', from: path, path: 'one.txt' },
  ]);
  appendFileSync(file, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const before = contents(desk.b);
  const next = await desk.run();
  expect(next.report.problem).toBeUndefined();
  const said = expect.stringContaining(
    `${lines.length} lines of ${file} cannot be understood: damaged, or of a newer version of Sifaka.`,
  );
  const spoken = () => desk.notes.filter((note) => note.includes('cannot be understood'));
  expect(spoken()).toEqual([said]);
  expect(contents(desk.b)).toEqual(before);
  expect(readFileSync(join(desk.folder, 'outside/precious'), 'utf8')).toBe('precious');
  // It was looked through once, and is named until somebody has moved it away.
  await desk.run();
  expect(spoken()).toEqual([said, said]);
});
