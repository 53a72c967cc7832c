import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { Desk, type CliOptions } from '../cli/run-cli.ts';
import { contents, put, putLarge, synced, SyncDesk } from './sync-desk.ts';

let cli: Desk;
beforeAll(() => {
  cli = new Desk();
});
afterAll(() => cli.remove());

const haSync = (args: readonly string[], options: CliOptions = {}) =>
  cli.run(args, { ...options, entry: 'ha-sync.ts' });

const flagsOf = ({ a, b, pair, logDir }: SyncDesk) => [
  `--src=${a}`,
  `--dest=${b}`,
  `--pair=${pair}`,
  `--log-dir=${logDir}`,
];

const codeOf = async (args: readonly string[]) => {
  const { code, last } = await haSync([...args, '--json']);
  return [code, last['code']];
};

test('the help names every flag of the wishes, with its default', async () => {
  const { code, stdout } = await haSync(['--help']);
  expect(code).toBe(0);
  const flags =
    'src dest pair direction db-dsn lock-ttl log-dir log-retain-days mtime-threshold delete-missing workers dry-run verbose';
  for (const flag of flags.split(' ')) expect(stdout).toContain(`--${flag}`);
  for (const fallback of ['fwd', '3600', '/var/log/ha-sync', '10', '2', '4'])
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      `default: ${fallback === '/var/log/ha-sync' ? `"${fallback}"` : fallback})`,
    );
});

test('it is `sifaka sync run` with the same flags, with two hyphens or with one', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'one.txt', '1');
  const first = await haSync([...flagsOf(desk), '--direction=a-to-b', '--verbose']);
  expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('Done, and read back.')]);
  expect(first.stderr).toContain('create  one.txt  1 B  was not there');
  put(desk.a, 'two.txt', '2');
  const one = [
    '-src',
    desk.a,
    '-dest',
    desk.b,
    '-pair',
    desk.pair,
    '-log-dir',
    desk.logDir,
    '-dry-run=false',
    '-workers=2',
  ];
  const second = await haSync(one);
  expect([second.code, second.stderr]).toEqual([0, '']);
  expect(contents(desk.b)).toEqual({ 'one.txt': '1', 'two.txt': '2' });
  put(desk.a, 'three.txt', '3');
  const words = [
    'sync',
    'run',
    '--src',
    desk.a,
    '--dest',
    desk.b,
    '--pair',
    desk.pair,
    '--log-dir',
    desk.logDir,
  ];
  const third = await cli.run([...words, '--json']);
  expect([third.code, third.last]).toEqual([
    0,
    expect.objectContaining({ type: 'report', command: 'sync run' }),
  ]);
  const fourth = await haSync([...flagsOf(desk), '--json']);
  expect(fourth.last).toMatchObject({
    type: 'report',
    command: 'ha-sync',
    report: { kind: 'sync-run', operationsTotal: 0, recorded: 'stored' },
  });
});

test('a second dry run says that it is current, word for word', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'one.txt', '1');
  const first = await haSync([...flagsOf(desk), '--dry-run']);
  expect(first.code).toBe(0);
  expect(first.stdout).toContain('create  one.txt  1 B  was not there');
  const second = await haSync([...flagsOf(desk), '--dry-run']);
  expect([second.code, second.stdout.split('\n')[0]]).toEqual([
    0,
    expect.stringMatching(/^Dry-run already current as of \d{4}-\d\d-\d\dT[\d:.]+Z\. Nothing has changed\.$/),
  ]);
  expect(contents(desk.b)).toEqual({});
});

test('exit codes: 2 for a command line, 3 for a refusal, 4 for a lock that another has', async () => {
  using desk = await new SyncDesk().init();
  expect(await codeOf([])).toEqual([2, 'INPUT_INVALID']);
  expect(await codeOf([...flagsOf(desk), '--workers', 'many'])).toEqual([2, 'INPUT_INVALID']);
  expect(await codeOf([...flagsOf(desk), '--workers', '0'])).toEqual([2, 'INPUT_INVALID']);
  expect(await codeOf([...flagsOf(desk), '--no-such-flag'])).toEqual([2, 'INPUT_INVALID']);
  expect(await codeOf([...flagsOf(desk), '--pair=../up'])).toEqual([2, 'INPUT_INVALID']);
  expect(await codeOf([...flagsOf(desk), `--src=${join(desk.a, 'no-such')}`])).toEqual([
    2,
    'SYNC_ROOT_MISSING',
  ]);
  expect(await codeOf([...flagsOf(desk), '--pair=photos'])).toEqual([3, 'SYNC_ROOT_OF_ANOTHER']);
  mkdirSync(join(desk.a, 'inside'));
  expect(await codeOf([...flagsOf(desk), `--dest=${join(desk.a, 'inside')}`])).toEqual([
    3,
    'SYNC_ROOTS_OVERLAP',
  ]);
  await desk.run();
  const ports = desk.ports();
  const { signal } = new AbortController();
  const lock = await ports.takeLock(
    { pair: desk.pair, holder: 'other/1', ttlSeconds: 60, logDir: desk.logDir },
    { signal },
  );
  try {
    expect(await codeOf(flagsOf(desk))).toEqual([4, 'SYNC_LOCK_TAKEN']);
  } finally {
    await lock.release();
  }
});

test('a log folder that cannot be made is named, with the flag for another one', async () => {
  using desk = await new SyncDesk().init();
  writeFileSync(join(desk.folder, 'file'), '');
  const { code, stderr } = await haSync([...flagsOf(desk), `--log-dir=${join(desk.folder, 'file', 'logs')}`]);
  expect(code).toBe(1);
  expect(stderr).toContain('something that is not a folder is in its place');
  expect(stderr).toContain('--log-dir');
  expect(stderr).toContain('SYNC_LOG_FOLDER_UNUSABLE');
});

test('the database comes from the environment; as a flag it works with a warning, and its password is nowhere', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'one.txt', '1');
  const dsn = 'sync:top-secret-word@tcp(127.0.0.1:9)/general_db';
  const byEnvironment = await haSync(flagsOf(desk), { env: { HA_SYNC_DB_DSN: dsn } });
  expect(byEnvironment.code).toBe(0);
  expect(byEnvironment.stderr).toContain('127.0.0.1:9');
  expect(byEnvironment.stderr).not.toContain('Warning: --db-dsn');
  const byFlag = await haSync([...flagsOf(desk), `--db-dsn=${dsn}`]);
  expect(byFlag.code).toBe(0);
  expect(byFlag.stderr).toContain('Warning: --db-dsn shows its password');
  const broken = await haSync(flagsOf(desk), { env: { HA_SYNC_DB_DSN: 'sync:top-secret-word@nowhere' } });
  expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining('SYNC_DSN_INVALID')]);
  for (const { stdout, stderr } of [byEnvironment, byFlag, broken])
    expect(stdout + stderr).not.toContain('top-secret-word');
});

test('SIGTERM ends a run between two steps: exit code 130, everything it did recorded, nothing held', async (context) => {
  requireFaultLayer(context);
  using desk = await new SyncDesk().init();
  // Each is a batch.
  putLarge(desk.a, 6);
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
  faults.arm({ action: 'pause', kinds: ['open'], part: 'large-02', at: 1, below: desk.a });
  const running = cli.start([...flagsOf(desk), '--json', '--verbose'], {
    entry: 'ha-sync.ts',
    env: faults.environment(),
  });
  while (!faults.paused) await running.tick();
  running.child.kill('SIGTERM');
  // The signal is with it before it goes on.
  await running.tick();
  faults.disarm();
  const { code, last } = await running.ended;
  expect([code, last['code']]).toEqual([130, 'CANCELLED']);
  const { iterations, operations } = await desk.rows();
  expect(iterations).toEqual([expect.objectContaining({ status: 'partial_failure' })]);
  expect(operations.map(({ filepath }) => filepath)).toEqual(synced(desk.b));
  expect(operations.length).toBeGreaterThan(0);
  expect(operations.length).toBeLessThan(6);
  expect((await haSync(flagsOf(desk))).code).toBe(0);
  expect(synced(desk.b)).toEqual(synced(desk.a));
});

test('names that are no text are shown escaped, and never reach a terminal as they are', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'red\u001b[31m.txt', 'red');
  put(desk.a, 'two\nlines.txt', 'two');
  writeFileSync(
    Buffer.concat([Buffer.from(`${desk.a}/latin`), Buffer.from([0xe9]), Buffer.from('.txt')]),
    'é',
  );
  const { code, stdout, stderr } = await haSync([...flagsOf(desk), '--verbose']);
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain('\u001b');
  for (const name of [String.raw`red\x1b[31m.txt`, String.raw`two\x0alines.txt`, String.raw`latin\xe9.txt`])
    expect(stdout).toContain(name);
  const names = readdirSync(desk.b, 'latin1').filter((name) => name.startsWith('latin'));
  expect(names).toEqual(['latin\xe9.txt']);
});

const sync = (...words: string[]) => cli.run(['sync', ...words]);

test('init, status, undo, resume and gc, as an operator types them', async () => {
  using desk = new SyncDesk();
  put(desk.a, 'a.txt', 'newer', 10);
  put(desk.b, 'a.txt', 'before', 5000);
  const folders = ['--src', desk.a, '--dest', desk.b, '--pair', 'media'];
  const logs = ['--log-dir', desk.logDir];
  expect((await sync('run', ...folders, ...logs)).stderr).toContain('sifaka sync init');
  const marked = (await sync('init', ...folders)).stdout;
  expect(marked).toContain('are marked as the sides of pair media');
  expect(marked).toContain('--pair media --direction a-to-b --log-dir /var/log/ha-sync --dry-run');
  const ran = await sync('run', ...folders, ...logs);
  const [, iteration = ''] = /sifaka sync undo (\S+)/.exec(ran.stdout) ?? [];
  expect(contents(desk.b)).toEqual({ 'a.txt': 'newer' });
  // What the proof of the window says to paste.
  const byTrash = await sync('undo', iteration, '--dest', desk.b, ...logs, '--dry-run');
  const shown = await sync('undo', iteration, ...logs, '--dry-run');
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  expect([byTrash.code, byTrash.stderr]).toEqual([0, '']);
  expect(contents(desk.b)).toEqual({ 'a.txt': 'newer' });
  const undone = await sync('undo', iteration, ...logs);
  expect([undone.code, undone.stderr]).toEqual([0, '']);
  expect(contents(desk.b)).toEqual({ 'a.txt': 'before' });
  // The version that was put back is the newest now, and reaches the other side.
  await desk.run(desk.back());
  expect(contents(desk.a)).toEqual({ 'a.txt': 'before' });
  const status = await sync('status', ...logs);
  expect(status.stdout).toMatch(/^media +fwd .*done: 0 copied, 1 replaced, 0 deleted/m);
  expect((await sync('resume', '--pair', 'media', ...logs)).stdout).toContain('is not blocked');
  expect((await sync('gc', ...logs)).stdout).toMatch(/^0 rows of operations/);
  const unknown = await sync('undo', '6f2b7f5e-6a3e-4c1e-9a53-1d8f5a1d2b3c', ...logs, '--json');
  expect([unknown.code, unknown.last['code']]).toEqual([2, 'SYNC_ITERATION_UNKNOWN']);
  expect(existsSync(join(desk.b, '.sifaka-trash'))).toBe(true);
});
