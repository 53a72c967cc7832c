import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { Desk } from '../cli/run-cli.ts';
import { cleanEnd } from './clean-end.ts';
import { contents, put, SyncDesk } from './sync-desk.ts';

let cli: Desk;
beforeAll(() => {
  cli = new Desk();
});
afterAll(() => cli.remove());

/** Every name below a root, its own folders included, with size and inode. */
function everything(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { ino, size } = lstatSync(join(root, name));
      return `${name} ${ino} ${size}`;
    })
    .toSorted();
}

test('two processes with two log folders: while one changes the pair, the other is refused in both directions and touches nothing', async (context) => {
  requireFaultLayer(context);
  using desk = await new SyncDesk().init();
  for (const name of ['one.txt', 'two.txt']) {
    put(desk.a, name, `new ${name}`, 10);
    put(desk.b, name, `the old ${name}`, 5000);
  }
  put(desk.b, 'three.txt', 'three');
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
  faults.arm({ action: 'pause', kinds: ['rename'], part: '.txt', at: 1, below: desk.b });
  const flags = [`--pair=${desk.pair}`, '--json'];
  const first = cli.start(
    [...flags, `--src=${desk.a}`, `--dest=${desk.b}`, '--direction=a-to-b', `--log-dir=${desk.logDir}`],
    { entry: 'ha-sync.ts', env: faults.environment() },
  );
  while (!faults.paused) await first.tick();
  const before = [everything(desk.a), everything(desk.b)];
  const other = [...flags, `--log-dir=${join(desk.folder, 'other-log')}`];
  for (const [src, dest] of [
    [desk.a, desk.b],
    [desk.b, desk.a],
  ]) {
    const second = await cli.run([...other, `--src=${src}`, `--dest=${dest}`], { entry: 'ha-sync.ts' });
    expect([second.code, second.last['code']]).toEqual([4, 'SYNC_LOCK_TAKEN']);
    expect(second.last['what']).toMatch(/is being synced by .+\/[\da-f-]{36}, since \d{4}-/);
    expect(second.last['next']).toContain('one log folder for both directions');
  }
  expect([everything(desk.a), everything(desk.b)]).toEqual(before);
  faults.goOn();
  const { code } = await first.ended;
  expect(code).toBe(0);
  expect(contents(desk.b)).toEqual({
    'one.txt': 'new one.txt',
    'two.txt': 'new two.txt',
    'three.txt': 'three',
  });
  const trash = join(desk.b, '.sifaka-trash');
  const kept = readdirSync(trash).find((name) => /^[\da-f-]{36}$/.test(name)) ?? '';
  expect(readFileSync(join(trash, kept, 'one.txt'), 'utf8')).toBe('the old one.txt');
  // It ended with its process, and the same run goes through.
  const third = await cli.run([...other, `--src=${desk.b}`, `--dest=${desk.a}`], { entry: 'ha-sync.ts' });
  expect([third.code, contents(desk.a)]).toEqual([0, contents(desk.b)]);
  cleanEnd(desk.b);
});

test('a side that cannot be locked is told of, and nothing is made through a link in its place', async () => {
  using desk = await new SyncDesk().init();
  const elsewhere = mkdtempSync(join(tmpdir(), 'sifaka-elsewhere-'));
  try {
    mkdirSync(join(desk.a, '.sifaka-trash'));
    symlinkSync(elsewhere, join(desk.a, '.sifaka-trash/lock'));
    put(desk.a, 'one.txt', '1');
    const { report } = await desk.run();
    expect(report.iteration.status).toBe('success');
    expect(desk.notes).toEqual([expect.stringContaining(`${desk.a} has no lock of its own (`)]);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(statSync(join(desk.b, '.sifaka-trash')).mode & 0o777).toBe(0o700);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test.for([
  // What a network folder answers whose server has no lock service.
  ['whose file system has no locks', 'lock', 'ENOLCK', 'its file system has no locks'],
  ['where nothing can be made', 'mkdir', 'EROFS', 'EROFS'],
] as const)(
  'a side %s is told of and not locked; the run goes on, with the lock of the log folder',
  async ([, kind, error, said], context) => {
    requireFaultLayer(context);
    using desk = await new SyncDesk().init();
    put(desk.a, 'one.txt', 'one');
    using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
    faults.arm({ action: 'fail', error, kinds: [kind], at: 1, onward: true, below: desk.a });
    const flags = [`--src=${desk.a}`, `--dest=${desk.b}`, `--pair=${desk.pair}`, '--json'];
    const { code, lines } = await cli.run([...flags, '--direction=a-to-b', `--log-dir=${desk.logDir}`], {
      entry: 'ha-sync.ts',
      env: faults.environment(),
    });
    expect(faults.fired).toMatchObject({ kind, path: expect.stringContaining(desk.a) });
    expect([code, contents(desk.b)]).toEqual([0, { 'one.txt': 'one' }]);
    expect(lines.filter((line) => line['type'] === 'note').map((line) => line['text'])).toEqual([
      `${desk.a} has no lock of its own (${said}): only the lock in the log folder keeps other runs of this pair away. Use one log folder for both directions and on all machines.`,
    ]);
    // What was tried to find it out is gone.
    const left = kind === 'lock' ? ['lock', 'lock/lock-media.sqlite'] : [];
    const trash = join(desk.a, '.sifaka-trash');
    const found = existsSync(trash) ? readdirSync(trash, { recursive: true, encoding: 'utf8' }) : [];
    expect(found.toSorted()).toEqual(left);
  },
);

test('something that is no file in the place of the lock is told of and left as it is', async () => {
  using desk = await new SyncDesk().init();
  put(desk.b, '.sifaka-trash/lock/lock-media.sqlite/mine', 'mine');
  put(desk.a, 'one.txt', '1');
  const { report } = await desk.run();
  expect(report.iteration.status).toBe('success');
  expect(desk.notes).toEqual([
    expect.stringContaining(
      `${desk.b} has no lock of its own (something that is not a file is in its place)`,
    ),
  ]);
  expect(readFileSync(join(desk.b, '.sifaka-trash/lock/lock-media.sqlite/mine'), 'utf8')).toBe('mine');
});

test('a dry run locks and leaves nothing in the sides', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'one.txt', '1');
  const before = [everything(desk.a), everything(desk.b)];
  await desk.run(desk.request({ dryRun: true }));
  expect([everything(desk.a), everything(desk.b)]).toEqual(before);
});
