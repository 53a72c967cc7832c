import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { syncRequestSchema } from '../../../shared/schemas/sync-request.ts';
import { Desk } from '../cli/run-cli.ts';

const root = join(import.meta.dirname, '../../..');
const guide = readFileSync(join(root, 'docs/guide/keep-two-folders-in-sync.md'), 'utf8');

const desk = new Desk();
afterAll(() => desk.remove());

/** What a reader pastes, and what the guide says comes of it. */
const steps = [...guide.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```\n([\s\S]*?)^```\n)?/gm)];

/** What is another one each time: the folder it is done in, the ids of runs, times. */
function asInTheGuide(text: string): string {
  return text
    .replaceAll(desk.folder, 'HERE')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'RUN')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'TIME');
}

test('the guide is followed word for word, and each command prints what the guide says', () => {
  expect(steps.length).toBeGreaterThanOrEqual(10);
  const command = desk.path('sifaka');
  writeFileSync(
    command,
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'electron/cli/main.ts')}" "$@"\n`,
  );
  chmodSync(command, 0o755);
  for (const [, commands = '', output] of steps) {
    const { stdout, stderr, status } = spawnSync('/bin/sh', ['-eu'], {
      input: commands,
      cwd: desk.folder,
      env: { ...process.env, PATH: `${desk.folder}:${process.env['PATH']}`, SIFAKA_HOME: desk.home },
      encoding: 'utf8',
    });
    expect([commands, status, status === 0 ? '' : stderr]).toEqual([commands, 0, '']);
    if (output !== undefined) expect(asInTheGuide(stdout)).toBe(output);
  }
  expect(existsSync(desk.path('try'))).toBe(false);
});

test('the defaults in its table are those of the command', () => {
  const table = Object.fromEntries(
    [...guide.matchAll(/^\| `(--[\w-]+)`[^|]*\| .*?\(`?([\w/-]+)`?\)/gm)].map(([, flag, value]) => [
      flag,
      value,
    ]),
  );
  const {
    lockTtlSeconds,
    logRetainDays,
    mtimeThresholdSeconds,
    workers,
    maxDeletePercent,
    trashRetainDays,
    direction,
  } = syncRequestSchema.parse({ src: '/a', dest: '/b', pair: 'p', logDir: '/var/log/ha-sync' });
  expect(table).toMatchObject({
    '--direction': direction,
    '--lock-ttl': String(lockTtlSeconds),
    '--log-dir': '/var/log/ha-sync',
    '--log-retain-days': String(logRetainDays),
    '--mtime-threshold': String(mtimeThresholdSeconds),
    '--workers': String(workers),
    '--max-delete': String(maxDeletePercent),
    '--trash-retain-days': String(trashRetainDays),
  });
});
