import {
  chmodSync,
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asPlainUser } from '../../rig/plain-user.ts';
import { unproven } from '../../rig/required-tools.ts';
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

const folders = ['outer', 'outer/inner', 'outer/inner/empty'];
const longAgo = 1e9;

/** Folders with modes and times that none has by itself. */
async function foldersToCopy(): Promise<SyncDesk> {
  const desk = await new SyncDesk().init();
  put(desk.a, 'outer/one.txt', 'one');
  put(desk.a, 'outer/inner/two.txt', 'two');
  put(desk.a, 'outer/inner/empty/three.txt', 'three');
  for (const [index, folder] of folders.entries()) {
    chmodSync(join(desk.a, folder), [0o2550, 0o750, 0o555][index] ?? 0);
    utimesSync(join(desk.a, folder), longAgo, longAgo + index);
  }
  return desk;
}

function start({ a, b, pair, logDir }: SyncDesk, faults: FaultLayer) {
  const flags = ['--src', a, '--dest', b, '--pair', pair, '--direction', 'a-to-b', '--log-dir', logDir];
  return cli.start([...flags, '--json'], { entry: 'ha-sync.ts', env: faults.environment() });
}

const looks = (root: string) =>
  folders.map((folder) => {
    const about = lstatSync(join(root, folder), { throwIfNoEntry: false });
    return about && [folder, (about.mode & 0o7777).toString(8), about.mtimeMs, about.uid, about.gid];
  });

const waitingFolders = ({ b }: SyncDesk): number => {
  const trash = join(b, '.sifaka-trash');
  const records = readdirSync(trash).filter((name) => /^[\da-f-]{36}\.json$/.test(name));
  return records.filter((name) => readFileSync(join(trash, name), 'utf8').includes('foldersLeft')).length;
};

/** As on the source, with nothing left to do, and nothing that a later run would do. */
async function isWhole(desk: SyncDesk): Promise<void> {
  expect(looks(desk.b)).toEqual(looks(desk.a));
  expect(contents(desk.b)).toEqual(contents(desk.a));
  cleanEnd(desk.b);
  expect(waitingFolders(desk)).toBe(0);
  utimesSync(join(desk.b, 'outer'), longAgo, longAgo + 100);
  const { report } = await desk.run();
  expect([report.problem, report.operations]).toEqual([undefined, []]);
  expect(lstatSync(join(desk.b, 'outer')).mtimeMs).toBe((longAgo + 100) * 1000);
}

const kills: Record<string, Fault> = {
  'after the first of three is made': {
    action: 'kill',
    moment: 'after',
    kinds: ['mkdir'],
    part: 'outer',
    at: 1,
  },
  'after all are made': { action: 'kill', moment: 'after', kinds: ['mkdir'], part: 'outer', at: 3 },
  'before the last file has its name': {
    action: 'kill',
    moment: 'before',
    kinds: ['link', 'rename'],
    part: '.txt',
    at: 3,
  },
  'between two modes': { action: 'kill', moment: 'before', kinds: ['mode'], part: 'outer', at: 2 },
  // The first time in it is that of the copy.
  'between a mode and its time': {
    action: 'kill',
    moment: 'before',
    kinds: ['times'],
    part: 'inner/empty',
    at: 2,
  },
};

test.for(Object.entries(kills))(
  'folders of a run that was killed %s get their modes and times from the next run',
  async ([, fault], context) => {
    requireFaultLayer(context);
    using desk = await foldersToCopy();
    using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
    faults.arm({ ...fault, below: desk.b });
    expect((await start(desk, faults).ended).code).toBeNull();
    expect(faults.fired.times).toBe(1);
    faults.disarm();
    expect(looks(desk.b)).not.toEqual(looks(desk.a));
    await desk.run();
    await isWhole(desk);
  },
);

test('nor are they lost by a run of the other direction, by a second kill, or by SIGTERM', async (context) => {
  requireFaultLayer(context);
  using desk = await foldersToCopy();
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
  faults.arm({ action: 'kill', moment: 'after', kinds: ['mkdir'], part: 'empty', at: 1, below: desk.b });
  expect((await start(desk, faults).ended).code).toBeNull();
  await desk.run(desk.back());
  expect(waitingFolders(desk)).toBe(1);
  faults.arm({
    action: 'kill',
    moment: 'before',
    kinds: ['link', 'rename'],
    part: 'three.txt',
    at: 1,
    below: desk.b,
  });
  expect([(await start(desk, faults).ended).code, faults.fired.times]).toEqual([null, 1]);
  faults.arm({ action: 'pause', kinds: ['link', 'rename'], part: 'three.txt', at: 1, below: desk.b });
  const stopped = start(desk, faults);
  while (!faults.paused) await stopped.tick();
  stopped.child.kill('SIGTERM');
  // The signal is with it before it goes on.
  await stopped.tick();
  faults.disarm();
  expect((await stopped.ended).code).toBe(130);
  expect(waitingFolders(desk)).toBe(1);
  await desk.run();
  await isWhole(desk);
});

test('a folder whose mode somebody has changed meanwhile is left as it is', async (context) => {
  requireFaultLayer(context);
  using desk = await foldersToCopy();
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
  faults.arm({ action: 'kill', moment: 'after', kinds: ['mkdir'], part: 'empty', at: 1, below: desk.b });
  expect((await start(desk, faults).ended).code).toBeNull();
  faults.disarm();
  chmodSync(join(desk.b, 'outer/inner'), 0o700);
  await desk.run();
  expect(lstatSync(join(desk.b, 'outer/inner')).mode & 0o7777).toBe(0o700);
  expect([looks(desk.b)[0], looks(desk.b)[2]]).toEqual([looks(desk.a)[0], looks(desk.a)[2]]);
  expect(contents(desk.b)).toEqual(contents(desk.a));
  expect(waitingFolders(desk)).toBe(0);
});

test('a folder whose mode the record does not say is left as it is', async (context) => {
  requireFaultLayer(context);
  using desk = await foldersToCopy();
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
  faults.arm({ action: 'kill', moment: 'after', kinds: ['mkdir'], part: 'empty', at: 1, below: desk.b });
  expect((await start(desk, faults).ended).code).toBeNull();
  faults.disarm();
  const trash = join(desk.b, '.sifaka-trash');
  const intents = join(trash, readdirSync(trash).find((name) => name.endsWith('.jsonl')) ?? '');
  const text = readFileSync(intents, 'utf8');
  const without = text.replace(/("path":"outer\/inner",.*),"mode":\d+/, '$1');
  expect(without).not.toBe(text);
  writeFileSync(intents, without);
  chmodSync(join(desk.b, 'outer/inner'), 0o700);
  await desk.run();
  expect(lstatSync(join(desk.b, 'outer/inner')).mode & 0o7777).toBe(0o700);
  expect([looks(desk.b)[0], looks(desk.b)[2]]).toEqual([looks(desk.a)[0], looks(desk.a)[2]]);
});

test('folders of a stopped run whose umask leaves others nothing get their modes and times, too', async (context) => {
  if (process.platform === 'win32') unproven(context, 'needs a POSIX system');
  using desk = await foldersToCopy();
  const before = process.umask(0o077);
  try {
    const stop = new AbortController();
    const ports = { ...desk.ports(), batches: { operations: folders.length, bytes: 1 } };
    const tell = (event: { type: string }) => {
      if (event.type === 'operations') stop.abort();
    };
    await expect(desk.run(desk.request(), { ports, tell, signal: stop.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(looks(desk.b).map((look) => look?.[1])).toEqual(['700', '700', '700']);
    await desk.run();
  } finally {
    process.umask(before);
  }
  await isWhole(desk);
});

test('a stopped run of a plain user leaves folders that the next one can fill, also those that are only to be read', async (context) => {
  if (process.platform === 'win32') unproven(context, 'needs a POSIX system');
  using desk = await foldersToCopy();
  const mine = (path: string) => {
    chownSync(path, 65_534, process.getegid?.() ?? 0);
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) mine(join(path, name));
  };
  if (process.geteuid?.() === 0) mine(desk.folder);
  chmodSync(join(desk.a, 'outer'), 0o555);
  await asPlainUser(async () => {
    const stop = new AbortController();
    const ports = { ...desk.ports(), batches: { operations: folders.length, bytes: 1 } };
    const tell = (event: { type: string }) => {
      if (event.type === 'operations') stop.abort();
    };
    await expect(desk.run(desk.request(), { ports, tell, signal: stop.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(contents(desk.b)).toEqual({});
    const { report } = await desk.run();
    expect(report.problem).toBeUndefined();
  });
  await isWhole(desk);
});
