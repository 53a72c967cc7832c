import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFilesWords, openFilesWordsIn } from '../../../electron/services/sync/engine/open-files.ts';
import { failureText } from '../../../electron/services/sync/engine/system-words.ts';
import { unproven } from '../../rig/required-tools.ts';
import { Desk } from '../cli/run-cli.ts';
import { put } from './sync-desk.ts';

const desk = new Desk();
const [a, b] = [desk.path('a'), desk.path('b')];
beforeAll(async () => {
  for (let folder = 0; folder < 60; folder += 1) put(a, `${folder}/in/a/folder/file`, `${folder}`);
  mkdirSync(b);
  await desk.run(['sync', 'init', '--src', a, '--dest', b, '--pair', 'media']);
});
afterAll(() => desk.remove());

/** The command under a limit of open files, which it inherits from its shell. */
function limited(
  limit: number,
  entry: string,
  words: readonly string[],
): Promise<{ code: number; said: string }> {
  const program = fileURLToPath(new URL(`../../../electron/cli/${entry}`, import.meta.url));
  const script = `ulimit -n ${limit} && exec "$0" "$@"`;
  const { promise, resolve } = Promise.withResolvers<{ code: number; said: string }>();
  execFile(
    'sh',
    ['-c', script, process.execPath, program, ...words],
    { env: { PATH: process.env['PATH'], SIFAKA_HOME: desk.home } },
    (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), said: stdout + stderr }),
  );
  return promise;
}

const advice = expect.stringMatching(
  /as many files open as it may \(EMFILE\)[\s\S]*`ulimit -n 4096`.*LimitNOFILE=4096/,
);

// With fewer Node itself does not start everywhere, and with more a run may get through.
test.for([25, 28, 31])(
  'with %i files at most, a run that fails says what is short and no other thing to look at',
  async (limit, context) => {
    if (process.platform !== 'linux') unproven(context, 'what a run opens is counted on Linux');
    for (const folder of ['.sifaka-trash', ...Array.from({ length: 60 }, (_, at) => `${at}`)])
      rmSync(`${b}/${folder}`, { recursive: true, force: true });
    const words = ['--src', a, '--dest', b, '--pair', 'media', '--log-dir', desk.path(`log-${limit}`)];
    const { code, said } = await limited(limit, 'ha-sync.ts', [...words, '--workers', '8']);
    expect([code, said]).toEqual([1, advice]);
    expect(said).not.toMatch(/health of|is still mounted|drive or mount|writable|ERR_WORKER/);
  },
);

test('a reason of one file is told from every other one', () => {
  expect(openFilesWordsIn(failureText('ENFILE'))).toBe(openFilesWords('ENFILE'));
  expect(openFilesWords('ENFILE')?.next).toContain('sysctl fs.file-max');
  expect(openFilesWordsIn(failureText('ENOSPC'))).toBeUndefined();
});
