import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MariaDb, startMariaDb } from '../../rig/mariadb/start-mariadb.ts';
import { isOnPath, requireTools } from '../../rig/required-tools.ts';
import { type CliOptions, Desk } from '../cli/run-cli.ts';
import { contents, put } from './sync-desk.ts';

const desk = new Desk();
const lab = desk.path('lab');
const sides = ['dell', 'hp', 'nas', 'usb'].map((side) => desk.path(side));
const [dell = '', hp = '', nas = '', usb = ''] = sides;
const log = desk.path('log');
const password = 'hunter2';
const nobody = `sync:${password}@tcp(127.0.0.1:9)/general_db`;

beforeEach(() => {
  for (const folder of [lab, log, ...sides]) rmSync(folder, { recursive: true, force: true });
  for (const folder of [join(lab, 'sync'), ...sides]) mkdirSync(folder, { recursive: true });
  put(dell, 'plan.txt', 'newer', 10);
  put(hp, 'plan.txt', 'before', 5000);
});
afterAll(() => desk.remove());

function writePairs(database: string): void {
  const pairs = `  media:\n    sides: {dell: ${dell}, hp: ${hp}}\n  photos:\n    sides: {nas: ${nas}, usb: ${usb}}\n`;
  const head = `schema: sifaka.sync-pairs/1\nlogFolder: ${log}\n${database}`;
  writeFileSync(join(lab, 'sync/pairs.yaml'), `${head}pairs:\n${pairs}`);
}

/** The records are kept where the lab has sealed the address. */
async function sealed(address: string): Promise<void> {
  writePairs('databaseSecret: sync-database\n');
  await desk.run(['secrets', 'init'], { lab });
  const kept = await desk.run(['secrets', 'seal', 'sync-database'], { lab, input: `${address}\n` });
  expect([kept.code, kept.stderr]).toEqual([0, '']);
}

const sync = (...words: string[]) => desk.run(['sync', ...words], { lab });

/** The words after `sifaka` of the command that a run of `media` prints; what it replaced lies in the trash by then. */
function wayBack(...words: string[]): Promise<string[]> {
  return wayBackIn({ lab }, ...words);
}

/** The same of a run in a shell of which these things are so. */
async function wayBackIn(shell: CliOptions, ...words: string[]): Promise<string[]> {
  await sync('init', '--pair', 'media');
  const ran = await desk.run(
    ['sync', 'run', '--pair', 'media', '--direction', 'dell-to-hp', ...words],
    shell,
  );
  expect(ran.code).toBe(0);
  expect(contents(hp)).toEqual({ 'plan.txt': 'newer' });
  return printedIn(ran.stdout);
}

function printedIn(stdout: string): string[] {
  const [, command = ''] = /^To take this run back: sifaka (.*)$/m.exec(stdout) ?? [];
  expect(command).not.toBe('');
  expect(command).not.toContain(password);
  return command.split(' ');
}

/** As it stands: in a shell that knows nothing of the one the run was started in, where another `home` is another person's. */
async function paste(words: readonly string[], shell: CliOptions = {}): Promise<void> {
  const undone = await desk.run(words, { cwd: desk.path('nowhere'), ...shell });
  expect([undone.code, undone.stdout]).toEqual([0, expect.stringContaining('is put back')]);
  expect(contents(hp)).toEqual({ 'plan.txt': 'before' });
}

describe('the command that a run prints to take it back', () => {
  it('names the pair of a lab, and no more than it needs', async () => {
    writePairs('');
    const command = await wayBack();
    const [, , , , iteration = ''] = command;
    expect(command).toEqual(['--lab', lab, 'sync', 'undo', iteration, '--pair', 'media']);
    await paste(command);
  });

  it('names the lab that the run was in without being told, for a shell that is in another folder', async () => {
    writePairs('');
    mkdirSync(join(lab, 'cluster'));
    const command = await wayBackIn({ cwd: lab });
    expect(command.slice(0, 4)).toEqual(['--lab', realpathSync(lab), 'sync', 'undo']);
    await paste(command);
  });

  it('names the identity that the shell of the run named, as that of a timer does', async () => {
    await sealed(nobody);
    const identity = join(desk.home, 'config/identity.txt');
    const home = desk.path('home-of-the-timer');
    const command = await wayBackIn({ lab, home, env: { SIFAKA_IDENTITY: identity } });
    expect(command.slice(0, 4)).toEqual(['--lab', lab, '--identity', identity]);
    await paste(command, { home: desk.path('home-of-another') });
  });

  it('has the side that was changed of folders without a lab: a shell may know a database that has no such run', async () => {
    await sync('init', '--src', dell, '--dest', hp, '--pair', 'media');
    const ran = await desk.run([
      'sync',
      'run',
      '--src',
      dell,
      '--dest',
      hp,
      '--pair',
      'media',
      '--log-dir',
      log,
    ]);
    const command = printedIn(ran.stdout);
    expect(command.slice(3)).toEqual(['--dest', hp, '--log-dir', log]);
    await paste(command, { env: { HA_SYNC_DB_DSN: nobody } });
  });

  it('names the log folder that was named for the run', async () => {
    writePairs('');
    const other = desk.path('other-log');
    const command = await wayBack('--log-dir', other);
    expect(command.slice(-4)).toEqual(['--pair', 'media', '--log-dir', other]);
    await paste(command);
  });

  it('finds a run by the trash of its side when neither log folder nor database can tell of it', async () => {
    await sealed(nobody);
    const command = await wayBack();
    rmSync(log, { recursive: true });
    await paste(command);
  });

  it('has the side in place of a database of the command line, whose address nobody is shown', async () => {
    await sync('init', '--src', dell, '--dest', hp, '--pair', 'media');
    const folders = ['--src', dell, '--dest', hp, '--pair', 'media', '--log-dir', log];
    const ran = await desk.run(['sync', 'run', ...folders, '--db-dsn', nobody]);
    expect(ran.stdout + ran.stderr).not.toContain(password);
    const command = printedIn(ran.stdout);
    expect(command.slice(3)).toEqual(['--dest', hp, '--log-dir', log]);
    rmSync(log, { recursive: true });
    await paste(command);
  });
});

describe('undo by the name of a pair', () => {
  it('finds a run of a side that is mounted elsewhere by now', async () => {
    writePairs('');
    const [, , , , iteration = ''] = await wayBack();
    renameSync(hp, `${hp}-again`);
    const file = readFileSync(join(lab, 'sync/pairs.yaml'), 'utf8').replace(`${hp}}`, `${hp}-again}`);
    writeFileSync(join(lab, 'sync/pairs.yaml'), file);
    const undone = await sync('undo', iteration, '--pair', 'media');
    expect([undone.code, undone.stderr]).toEqual([0, '']);
    expect(contents(`${hp}-again`)).toEqual({ 'plan.txt': 'before' });
  });

  it('refuses a run of another pair, found in the records or in a trash', async () => {
    writePairs('');
    const [, , , , iteration = ''] = await wayBack();
    await sync('init', '--pair', 'photos');
    const stored = await sync('undo', iteration, '--pair', 'photos', '--json');
    const trashed = await sync('undo', iteration, '--pair', 'photos', '--dest', hp, '--json');
    for (const { code, last } of [stored, trashed]) {
      expect([code, last['code']]).toEqual([3, 'SYNC_NOT_UNDOABLE']);
      expect(last['what']).toContain('is a run of the pair media');
    }
    expect(contents(hp)).toEqual({ 'plan.txt': 'newer' });
  });

  it('refuses a run of a pair of that name whose folders are not those of the lab', async () => {
    writePairs('');
    const [, , , , iteration = ''] = await wayBack();
    const file = `schema: sifaka.sync-pairs/1\nlogFolder: ${log}\npairs:\n  media:\n    sides: {nas: ${nas}, usb: ${usb}}\n`;
    writeFileSync(join(lab, 'sync/pairs.yaml'), file);
    const { code, last } = await sync('undo', iteration, '--pair', 'media', '--json');
    expect([code, last['code']]).toEqual([3, 'SYNC_NOT_UNDOABLE']);
    expect(last['what']).toContain(hp);
    expect(contents(hp)).toEqual({ 'plan.txt': 'newer' });
  });

  it.each([
    ['that the lab does not have', ['--pair', 'music'], 'SYNC_PAIR_UNKNOWN', '--log-dir DIR --dest DIR'],
    [
      'and knows no such run',
      ['--pair', 'media'],
      'SYNC_ITERATION_UNKNOWN',
      '`sifaka sync status --pair media`',
    ],
  ])('%s: what is refused says what to do', async (_how, words, code, next) => {
    writePairs('');
    await sync('init', '--pair', 'media');
    const { last } = await sync('undo', '6f2b7f5e-6a3e-4c1e-9a53-1d8f5a1d2b3c', ...words, '--json');
    expect([last['code'], last['next']]).toEqual([code, expect.stringContaining(next)]);
  });
});

describe('records in a database of the lab', () => {
  let server: MariaDb | undefined;
  beforeAll(async () => {
    if (isOnPath('mariadbd')) server = await startMariaDb();
  });
  afterAll(() => server?.stop());

  const ask = async (statement: string) =>
    (await server?.ask('USE general_db', statement))?.map((row) => Object.values(row).join(' '));

  it('are found by the command that the run prints, and have the undo as well', async (context) => {
    requireTools(context, 'mariadbd', 'mariadb-install-db', 'setpriv');
    await server?.empty();
    await sealed(server?.dsn() ?? '');
    const identity = join(desk.home, 'config/identity.txt');
    const command = await wayBack('--identity', identity);
    expect(command.slice(0, 4)).toEqual(['--lab', lab, '--identity', identity]);
    expect(command.join(' ')).not.toContain(server?.password);
    expect(await ask('SELECT direction FROM sync_iterations')).toEqual(['dell-to-hp']);
    await paste(command, { home: desk.path('home-of-another') });
    expect(await ask('SELECT direction FROM sync_iterations ORDER BY id')).toEqual(['dell-to-hp', 'undo']);
  });

  it('go by the name of one of its pairs when they are old, those of its other pairs as well', async (context) => {
    requireTools(context, 'mariadbd', 'mariadb-install-db', 'setpriv');
    await server?.empty();
    await sealed(server?.dsn() ?? '');
    await wayBack();
    await sync('init', '--pair', 'photos');
    put(nas, 'lemur.jpg', 'lemur');
    expect((await sync('run', '--pair', 'photos', '--direction', 'nas-to-usb')).code).toBe(0);
    await ask("UPDATE sync_operations SET started_at = '2020-01-01 00:00:00'");
    await ask("UPDATE sync_iterations SET started_at = '2020-01-01 00:00:00'");
    const kept = await sync('gc', '--pair', 'media');
    expect(kept.stdout).toMatch(/^0 rows [\s\S]*2 runs that can be undone stayed/);
    for (const side of sides) rmSync(join(side, '.sifaka-trash'), { recursive: true, force: true });
    const gone = await sync('gc', '--pair', 'media');
    expect([gone.code, gone.stdout]).toEqual([0, expect.stringMatching(/^2 rows /)]);
    expect(await ask('SELECT COUNT(*) FROM sync_operations')).toEqual(['0']);
  });
});
