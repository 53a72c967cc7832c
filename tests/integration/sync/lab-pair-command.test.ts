import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { writeBlocked } from '../../../electron/services/sync/runs/blocked.ts';
import { Desk } from '../cli/run-cli.ts';
import { contents, put } from './sync-desk.ts';

const desk = new Desk();
const lab = desk.path('lab');
const [dell, hp, log] = [desk.path('dell'), desk.path('hp'), desk.path('log')];

beforeEach(() => {
  for (const folder of [lab, dell, hp, log]) rmSync(folder, { recursive: true, force: true });
  for (const folder of [join(lab, 'sync'), join(lab, 'metis'), dell, hp])
    mkdirSync(folder, { recursive: true });
  writePairs();
});
afterAll(() => desk.remove());

function writePairs(settings = '', head = ''): void {
  writeFileSync(
    join(lab, 'sync/pairs.yaml'),
    `schema: sifaka.sync-pairs/1\nlogFolder: ${log}\n${head}pairs:\n  media:\n    sides: {dell: ${dell}, hp: ${hp}}\n${settings}`,
  );
}

const sync = (...words: string[]) => desk.run(['sync', ...words], { lab });

describe('a pair of the lab, by its name alone', () => {
  it('is marked, looked at, run, asked for and resumed with what the lab says of it', async () => {
    put(dell, 'new.txt', 'new');
    const unmarked = await sync('run', '--pair', 'media', '--direction', 'dell-to-hp', '--json');
    expect(unmarked.last['next']).toMatch(/mark the pair once: sifaka sync init --pair media$/);
    const marked = await sync('init', '--pair', 'media');
    expect(marked.stdout).toContain(`${dell} and ${hp} are marked as the sides of pair media.`);
    const next = 'sync run --pair media --direction dell-to-hp --dry-run';
    expect(marked.stdout).toContain(`Next, see what a run would do: sifaka ${next}`);
    const looked = await sync(...next.split(' ').slice(1));
    expect(looked.stdout).toContain(`Pair media, dell-to-hp: ${dell} to ${hp}\nThis is a dry run`);
    expect(contents(hp)).toEqual({});
    const ran = await sync('run', '--pair', 'media', '--direction', 'dell-to-hp');
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(/sifaka --lab \S+ sync undo [\da-f-]{36} --pair media$/m);
    expect(contents(hp)).toEqual({ 'new.txt': 'new' });
    put(hp, 'back.txt', 'back');
    const back = await desk.run(['--pair', 'media', '--direction', 'hp-to-dell'], {
      lab,
      entry: 'ha-sync.ts',
    });
    expect([back.code, back.stderr]).toEqual([0, '']);
    expect(contents(dell)).toEqual({ 'new.txt': 'new', 'back.txt': 'back' });
    const status = await sync('status', '--pair', 'media');
    expect(status.stdout).toMatch(/^media +dell-to-hp +[\d-]+ [\d:]+ UTC [\s\S]*^media +hp-to-dell/m);
    expect((await sync('resume', '--pair', 'media')).stdout).toContain('media is not blocked');
  });

  it('has the options of the lab, over which those of the command line count', async () => {
    writePairs('    deleteMissing: dell-to-hp\n    maxDeletePercent: 20\n');
    await sync('init', '--pair', 'media');
    put(dell, 'one', 'one');
    for (const name of ['one', 'two', 'three']) put(hp, name, name);
    const way = ['run', '--pair', 'media', '--direction', 'dell-to-hp'];
    const refused = await sync(...way, '--json');
    expect([refused.code, refused.last['code']]).toEqual([3, 'SYNC_TOO_MANY_DELETIONS']);
    expect(refused.last['what']).toContain('20 %');
    const other = desk.path('other-log');
    const done = await sync(...way, '--max-delete', '100', '--log-dir', other);
    expect([done.code, done.stdout]).toEqual([0, expect.stringContaining(`--log-dir ${other}`)]);
    expect(contents(hp)).toEqual({ one: 'one' });
  });

  it('keeps its records where the lab has sealed the address, and shows no password', async () => {
    writePairs('', 'databaseSecret: sync-database\n');
    await desk.run(['secrets', 'init'], { lab });
    await desk.run(['secrets', 'seal', 'sync-database'], {
      lab,
      input: 'sync:hunter2@tcp(127.0.0.1:9)/general_db\n',
    });
    await sync('init', '--pair', 'media');
    put(dell, 'new.txt', 'new');
    const ran = await sync('run', '--pair', 'media', '--direction', 'dell-to-hp');
    expect([ran.code, ran.stdout]).toEqual([
      0,
      expect.stringContaining('The records wait in the log folder'),
    ]);
    expect(ran.stderr).toContain('127.0.0.1:9');
    expect(ran.stdout + ran.stderr).not.toContain('hunter2');
  });

  it('is told of and resumed while the identity is locked that its database is sealed for', async () => {
    writePairs('', 'databaseSecret: sync-database\n');
    const passphrase = desk.path('passphrase');
    writeFileSync(passphrase, 'correct horse\n');
    const home = desk.path('home-locked');
    const inHome = (words: readonly string[], input = '') => desk.run(words, { lab, home, input });
    await inHome(['secrets', 'init', '--passphrase', '--passphrase-file', passphrase]);
    const address = 'sync:hunter2@tcp(127.0.0.1:9)/general_db\n';
    await inHome(['secrets', 'seal', 'sync-database', '--passphrase-file', passphrase], address);
    await inHome(['sync', 'init', '--pair', 'media']);
    mkdirSync(log);
    await writeBlocked(log, {
      schema: 'sifaka.sync-blocked/1',
      pair: 'media',
      direction: 'dell-to-hp',
      source: '00000000-0000-4000-8000-000000000001',
      destination: '00000000-0000-4000-8000-000000000002',
      src: dell,
      dest: hp,
      iteration: '00000000-0000-4000-8000-000000000003',
      since: '2026-11-01T10:00:00.000Z',
      problem: { code: 'SYNC_INCOMPLETE', what: 'No room.', state: 'Half of it.', next: 'Make room.' },
    });
    const status = await inHome(['sync', 'status', '--pair', 'media', '--json']);
    expect([status.code, status.last['report']]).toEqual([
      0,
      expect.objectContaining({
        blocked: [expect.objectContaining({ direction: 'dell-to-hp' })],
        gaps: [expect.stringContaining('is locked by a passphrase')],
      }),
    ]);
    const unlocked = ['sync', 'status', '--pair', 'media', '--passphrase-file', passphrase];
    expect((await inHome(unlocked)).stdout).toContain('127.0.0.1:9');
    const run = await inHome(['sync', 'run', '--pair', 'media', '--direction', 'dell-to-hp', '--json']);
    expect(run.last['code']).toBe('IDENTITY_LOCKED');
    const resumed = await inHome(['sync', 'resume', '--pair', 'media']);
    expect([resumed.code, resumed.stdout]).toEqual([
      0,
      expect.stringContaining('media is no longer blocked'),
    ]);
  });

  it.each([
    [
      'without a direction',
      ['run', '--pair', 'media'],
      'INPUT_INVALID',
      '--direction dell-to-hp or --direction hp-to-dell',
    ],
    [
      'in another direction',
      ['run', '--pair', 'media', '--direction', 'up'],
      'INPUT_INVALID',
      '--direction hp-to-dell',
    ],
    [
      'that the lab does not have',
      ['run', '--pair', 'music', '--direction', 'up'],
      'SYNC_PAIR_UNKNOWN',
      'Name one of: media. Name both folders as well, --src DIR --dest DIR; or write the pair into sync/pairs.yaml',
    ],
    [
      'that the lab does not have, to be marked',
      ['init', '--pair', 'music'],
      'SYNC_PAIR_UNKNOWN',
      '--lab DIR',
    ],
    [
      'with one of its folders',
      ['run', '--pair', 'media', '--src', 'dell'],
      'INPUT_INVALID',
      '--src DIR --dest DIR',
    ],
  ])('%s: what is refused names both ways', async (_how, words, code, next) => {
    const { last } = await sync(...words, '--json');
    expect([last['code'], last['next']]).toEqual([code, expect.stringContaining(next)]);
  });

  it('without a lab names both ways, and the status is that of the usual log folder', async () => {
    const nowhere = { cwd: desk.path('nowhere') };
    const { last } = await desk.run(['sync', 'run', '--pair', 'media', '--json'], nowhere);
    expect([last['code'], last['next']]).toEqual([
      'LAB_NOT_FOUND',
      expect.stringMatching(/--src DIR --dest DIR; or .*--lab DIR/),
    ]);
    expect((await desk.run(['sync', 'status', '--pair', 'media'], nowhere)).code).toBe(0);
    const named = await desk.run(['--lab', lab, 'sync', 'status', '--pair', 'music', '--json'], nowhere);
    expect(named.last['code']).toBe('SYNC_PAIR_UNKNOWN');
  });
});
