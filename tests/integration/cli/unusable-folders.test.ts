import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from './run-cli.ts';

const onLinux = process.platform === 'linux';
const entry = fileURLToPath(new URL('../../../electron/cli/main.ts', import.meta.url));

let desk: Desk;
let lab = '';

/** The command in a folder that is removed right before it starts. */
async function gone(...args: string[]) {
  const folder = desk.path('gone');
  mkdirSync(folder);
  const command = ['-c', 'rmdir "$PWD" && exec "$@"', 'sh', process.execPath, entry, '--json', ...args];
  const child = spawn('sh', command, {
    cwd: folder,
    env: { ...process.env, SIFAKA_HOME: desk.home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  const code = await new Promise((done) => child.on('close', done));
  return { code, last: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown> };
}

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
});
afterAll(() => desk.remove());

describe('a folder that cannot be made', () => {
  it.runIf(onLinux)('for a demo lab is refused, in /proc as below a device', async () => {
    expect(await desk.run(['lab', 'demo', '/proc/x/y', '--json'])).toMatchObject({
      code: 1,
      last: { code: 'LAB_UNWRITABLE', what: 'No lab can be made in /proc/x/y: nothing can be made there.' },
    });
    expect(await desk.run(['lab', 'demo', '/dev/null/x', '--json'])).toMatchObject({
      code: 2,
      last: {
        code: 'INPUT_INVALID',
        what: 'No lab can be made in /dev/null/x: /dev/null is not a folder.',
      },
    });
  });

  it.runIf(onLinux)('as SIFAKA_HOME is refused, and doctor says so', async () => {
    const build = ['card', 'build', 'titan-13', '--to', desk.path('x.img'), '--json'];
    expect(await desk.run(build, { lab, home: '/proc/x/y' })).toMatchObject({
      code: 1,
      last: { code: 'JOURNAL_UNWRITABLE' },
    });
    const doctor = await desk.run(['doctor'], { home: '/proc/x/y' });
    expect(doctor).toMatchObject({ code: 1, stderr: '' });
    expect(doctor.stdout).toMatch(/MISSING {2}Folders of the app: \/proc\/x\/y\/cache,/);
  });

  it('as SIFAKA_HOME, because it is a file, is called one, by doctor too', async () => {
    const home = desk.path('file');
    writeFileSync(home, '');
    const { code, last } = await desk.run(['jobs', 'list', '--json'], { home });
    expect([code, last['code']]).toEqual([1, 'JOURNAL_UNWRITABLE']);
    expect(last['what']).toContain(`${home} is a file`);
    expect(last['next']).toContain(`Move ${home} away, or set SIFAKA_HOME`);
    const doctor = await desk.run(['doctor'], { home });
    expect(doctor).toMatchObject({ code: 1, stderr: '' });
    expect(doctor.stdout).toContain(`MISSING  Folders of the app: ${home} is a file`);
  });

  it('for a demo lab is not one that Sifaka itself keeps', async () => {
    const made = await desk.run(['lab', 'demo', desk.path('home/data/lab'), '--json']);
    expect(made).toMatchObject({ code: 2, last: { code: 'INPUT_INVALID' } });
    expect(existsSync(desk.path('home/data/lab'))).toBe(false);
  });
});

describe('a relative path', () => {
  it('of a demo lab starts in the folder the command runs in', async () => {
    const cwd = desk.path('here');
    const made = await desk.run(['lab', 'demo', 'mine', '--json'], { cwd });
    expect(made).toMatchObject({ code: 0, last: { report: { path: desk.path('here/mine') } } });
    expect(readdirSync(cwd)).toEqual(['mine']);
  });

  it.runIf(onLinux)('needs that folder; what names none works when it was removed', async () => {
    expect(await gone('--lab', lab, 'jobs', 'list')).toMatchObject({ code: 0, last: { type: 'report' } });
    expect(await gone('jobs', 'list')).toMatchObject({ code: 0, last: { type: 'report' } });
    for (const args of [
      ['--lab', 'lab', 'lab', 'check'],
      ['lab', 'check'],
      ['lab', 'demo', 'x'],
    ]) {
      expect(await gone(...args), args.join(' ')).toMatchObject({
        code: 2,
        last: { code: 'INPUT_INVALID', what: 'The folder you are in was removed.' },
      });
    }
  });
});

describe('an image that is to be added', () => {
  it.runIf(onLinux)('is refused at once when it is a device or a folder', async () => {
    const before = (await desk.run(['jobs', 'list', '--json'])).last['report'];
    for (const file of ['/dev/zero', '/dev/null', lab]) {
      const added = await desk.run(['images', 'add', 'x', file, '--root', '1', '--json'], { lab });
      expect(added, file).toMatchObject({ code: 2, last: { type: 'problem' } });
      expect(added.last['code']).toMatch(/^(IMAGE_FILE_MISSING|INPUT_INVALID|LAB_FILE_INVALID)$/);
      expect(added.lines).toHaveLength(1);
    }
    expect((await desk.run(['jobs', 'list', '--json'])).last['report']).toEqual(before);
  });
});
