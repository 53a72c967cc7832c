import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { initRoots } from '../../../electron/services/sync/engine/open-roots.ts';
import type { SyncRequest } from '../../../shared/schemas/sync-request.ts';
import {
  type MountedFileSystem,
  mountFileSystem,
  requireFileSystems,
} from '../../rig/file-systems/mount-file-system.ts';
import { contents, put, SyncDesk, synced } from './sync-desk.ts';

/** A pair whose second side is a folder of an exFAT drive. */
class Stick implements AsyncDisposable {
  readonly desk = new SyncDesk();
  readonly drive: MountedFileSystem;
  readonly b: string;

  private constructor(drive: MountedFileSystem) {
    this.drive = drive;
    this.b = join(drive.path, 'b');
    mkdirSync(this.b);
  }

  static async insert(context: TestContext): Promise<Stick> {
    requireFileSystems(context, 'exfat');
    const made = new Stick(await mountFileSystem('exfat'));
    await initRoots({ src: made.desk.a, dest: made.b, pair: made.desk.pair, now: new Date() });
    return made;
  }

  /** To the drive, and back. */
  async there(rest: Partial<SyncRequest> = {}) {
    return (await this.desk.run(this.desk.request({ dest: this.b, ...rest }))).report;
  }

  async back(rest: Partial<SyncRequest> = {}) {
    return (await this.desk.run(this.desk.back({ src: this.b, ...rest }))).report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drive[Symbol.asyncDispose]();
    this.desk[Symbol.dispose]();
  }
}

/** Seconds since 1970; the drive has no place for either. */
const before1980 = 1234;
const after2107 = Date.UTC(2110, 0) / 1000;
const seconds = (root: string, name: string): number => lstatSync(join(root, name)).mtimeMs / 1000;

test('times that the drive cannot keep are named, and neither copied at every pass nor brought back', async (context) => {
  await using stick = await Stick.insert(context);
  const { desk, b } = stick;
  const times = { old: before1980, late: after2107, fine: 1_600_000_000 };
  for (const [name, time] of Object.entries(times)) {
    put(desk.a, name, name);
    utimesSync(join(desk.a, name), time, time);
  }
  const first = await stick.there();
  expect(first.problem).toBeUndefined();
  const named = first.notices.map(({ kind, filepath }) => [kind, filepath]);
  expect(named).toEqual([
    ['time-not-kept', 'late'],
    ['time-not-kept', 'old'],
  ]);
  expect(first.notices[0]?.text).toContain('from 1980 to 2107');
  await stick.drive.again();
  // What it made of them.
  expect(new Date(seconds(b, 'old') * 1000).getUTCFullYear()).toBeGreaterThanOrEqual(1979);
  expect(new Date(seconds(b, 'late') * 1000).getUTCFullYear()).toBeLessThanOrEqual(2108);
  for (let pass = 0; pass < 2; pass += 1)
    for (const report of [await stick.there(), await stick.back()]) {
      expect([report.problem, report.operations]).toEqual([undefined, []]);
      expect(report.notices.map(({ kind, filepath }) => [kind, filepath])).toEqual(named);
    }
  for (const [name, time] of Object.entries(times)) expect(seconds(desk.a, name)).toBe(time);
  expect(existsSync(join(desk.a, '.sifaka-trash', 'ages'))).toBe(false);
  // An edit goes the way it was made, also one that leaves less, and so does a deletion.
  const edit = 'ed';
  put(desk.a, 'old', edit);
  utimesSync(join(desk.a, 'old'), before1980 + 50, before1980 + 50);
  const edited = await stick.there();
  const changes = ({ operations }: typeof edited) =>
    operations.map(({ operation, filepath }) => [operation, filepath]);
  expect(changes(edited)).toEqual([['update', 'old']]);
  expect(readFileSync(join(b, 'old'), 'utf8')).toBe(edit);
  await stick.drive.again();
  for (const name of ['old', 'late']) rmSync(join(desk.a, name));
  const deleted = await stick.there({ deleteMissing: true, maxDeletePercent: 100 });
  expect(changes(deleted)).toEqual([
    ['delete', 'old'],
    ['delete', 'late'],
  ]);
  expect(synced(b)).toEqual(['fine']);
});

test('a name whose case was changed on one side is told of with both names, and neither is touched nor deleted', async (context) => {
  await using stick = await Stick.insert(context);
  const { desk, b } = stick;
  put(desk.a, 'File', 'content');
  put(desk.a, 'Folder/inside', 'inside');
  await stick.there();
  await stick.back();
  renameSync(join(desk.a, 'File'), join(desk.a, 'file'));
  renameSync(join(desk.a, 'Folder'), join(desk.a, 'folder'));
  const forth = await stick.there({ deleteMissing: true });
  const back = await stick.back();
  for (const [report, atSource, atDestination] of [
    [forth, ['file', 'folder'], ['File', 'Folder']],
    [back, ['File', 'Folder'], ['file', 'folder']],
  ] as const) {
    expect([report.problem, report.operations]).toEqual([undefined, []]);
    const called = [
      ...atSource.map((name, at) => [name, 'at the source', atDestination[at], 'at the destination']),
      ...atDestination.map((name, at) => [name, 'at the destination', atSource[at], 'at the source']),
    ];
    expect(report.notices.toSorted((one, other) => (one.filepath < other.filepath ? -1 : 1))).toEqual(
      called
        .toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1))
        .map(([name, where, other, elsewhere]) => ({
          kind: 'name-collision',
          filepath: name,
          text: `It is called so ${where} and ${other} ${elsewhere}, and one side cannot tell these names apart. Nothing was done with it or below it: give it the same name on both sides.`,
        })),
    );
  }
  expect(synced(desk.a)).toEqual(['file', 'folder']);
  expect(synced(b)).toEqual(['File', 'Folder']);
  // What it asks for is enough.
  renameSync(join(b, 'File'), join(b, 'file'));
  renameSync(join(b, 'Folder'), join(b, 'folder'));
  const mended = await stick.there();
  expect([mended.problem, mended.operations, mended.notices]).toEqual([undefined, [], []]);
  expect(contents(b)).toEqual(contents(desk.a));
  expect(readdirSync(b)).toContain('file');
});
