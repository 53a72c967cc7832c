import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { reportFailure } from '../../../electron/shell/report-failure.ts';
import { Problem } from '../../../shared/problem.ts';

const { boxes } = vi.hoisted(() => ({ boxes: [] as string[] }));
vi.mock('electron', () => ({
  dialog: { showErrorBox: (_title: string, words: string) => void boxes.push(words) },
}));

let folder = '';
let printed = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sifaka-failure-'));
  printed = '';
  boxes.length = 0;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const unexpected = () => new Error('it broke with token=PLANTED-VALUE');

it('what was not expected is in the log, without secrets, and the box says where', async () => {
  vi.stubEnv('SIFAKA_HOME', join(folder, 'home'));
  await reportFailure(unexpected(), 'Sifaka could not start.');
  const file = join(folder, 'home', 'state', 'sifaka.log');
  const written = readFileSync(file, 'utf8');
  expect(written).toMatch(/Sifaka could not start\. Error: it broke with token=\[redacted\]\n +at /);
  expect(boxes).toEqual([`Sifaka could not start. The log says why: ${file}.`]);
  expect(printed).toContain('it broke with token=[redacted]');
  expect(written + printed).not.toContain('PLANTED-VALUE');
});

it('a problem is said in its words, and where the log is', async () => {
  vi.stubEnv('SIFAKA_HOME', join(folder, 'home'));
  await reportFailure(
    new Problem('LAB_NOT_FOUND', { what: 'No lab.', state: 'As before.', next: 'Look.' }),
    '',
  );
  const file = join(folder, 'home', 'state', 'sifaka.log');
  expect(boxes).toEqual([`No lab.\n\nAs before.\n\nLook.\n\nThe log is ${file}.`]);
  expect(readFileSync(file, 'utf8')).toContain('LAB_NOT_FOUND: No lab.');
});

it.each(['its folder is a file', 'its folder has no absolute path'])(
  'a log that cannot be written, because %s, is not named',
  async (why) => {
    const home = why.endsWith('a file') ? join(folder, 'file') : 'home';
    await writeFile(join(folder, 'file'), '');
    vi.stubEnv('SIFAKA_HOME', home);
    await reportFailure(unexpected(), 'Sifaka could not start.');
    expect(boxes).toEqual([
      'Sifaka could not start. What the program printed says why; its log cannot be written.',
    ]);
    expect(printed).toContain('it broke with token=[redacted]');
    expect(existsSync('home')).toBe(false);
  },
);
