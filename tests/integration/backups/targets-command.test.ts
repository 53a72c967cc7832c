import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desk } from '../cli/run-cli.ts';

const desk = new Desk();
let lab: string;
let shelf: string;
beforeAll(async () => {
  lab = await desk.demoLab('lab');
  shelf = desk.path('shelf');
  mkdirSync(shelf);
  const targets = {
    shelf: { kind: 'local-folder', path: shelf },
    gone: { kind: 'local-folder', path: desk.path('gone') },
    offsite: {
      kind: 's3',
      endpoint: 'http://127.0.0.1:1',
      bucket: 'backups',
      accessKey: 'nobody-sealed-it',
      secretKey: 'nor-this',
    },
  };
  const cluster = { clusters: { madagascar: { nodes: {}, backups: { targets } } } };
  writeFileSync(join(lab, 'cluster/madagascar.json'), JSON.stringify(cluster));
  writeFileSync(
    join(lab, 'backups/policy.yaml'),
    'schema: sifaka.backup-policy/1\ntimezone: Etc/UTC\nrules: []\n',
  );
});
afterAll(() => desk.remove());

test('every target is in the list with its state, and what to do about it', async () => {
  const before = await desk.run(['backups', 'targets'], { lab });
  expect([before.code, before.stderr]).toEqual([1, '']);
  expect(before.stdout).toMatch(/^TARGET +KIND +STATE +FREE$/m);
  expect(before.stdout).toMatch(/^shelf +folder on this machine +NOT SET UP +-$/m);
  expect(before.stdout).toMatch(/^gone +folder on this machine +NOT SET UP +-$/m);
  expect(before.stdout).toMatch(/^offsite +S3 bucket +UNREACHABLE +-$/m);
  expect(before.stdout).toContain('sifaka backups targets init shelf');
  expect(before.stdout).toContain('sifaka secrets seal nobody-sealed-it');

  const made = await desk.run(['backups', 'targets', 'init', 'shelf'], { lab });
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(made.stdout).toMatch(/^shelf +folder on this machine +ready +\d/m);
  const after = await desk.run(['backups', 'targets', '--json'], { lab });
  expect(after.code).toBe(1);
  expect(after.last['report']).toMatchObject([
    { target: 'shelf', state: 'ready' },
    { target: 'gone', state: 'not-set-up', problem: { code: 'TARGET_UNMOUNTED' } },
    { target: 'offsite', state: 'unreachable' },
  ]);
});

test('a target that is not there, or not in the cluster file, is not set up', async () => {
  const gone = await desk.run(['backups', 'targets', 'init', 'gone', '--json'], { lab });
  expect([gone.code, gone.last['code']]).toEqual([3, 'TARGET_UNMOUNTED']);
  const unknown = await desk.run(['backups', 'targets', 'init', 'unknown', '--json'], { lab });
  expect([unknown.code, unknown.last['code']]).toEqual([2, 'TARGET_UNKNOWN']);
  const logbook = await desk.run(['logbook', '--json'], { lab });
  const summaries = JSON.stringify(logbook.last['report']);
  expect(summaries).toContain('Set up the backup target shelf (local-folder)');
  expect(summaries).not.toContain('Set up the backup target gone');
});

test('what was set up is a file of the lab that is checked, and no target is used while it is damaged', async () => {
  const whole = await desk.run(['lab', 'check'], { lab });
  expect(whole.stdout).toMatch(/ok +backups\/targets\.json/);
  const file = join(lab, 'backups/targets.json');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, before.replace(/"lab": "[^"]*"/, '"lab": "mine"'));
  const damaged = await desk.run(['backups', 'targets', 'init', 'shelf', '--json'], { lab });
  expect([damaged.code, damaged.last['code']]).toEqual([2, 'LAB_FILE_INVALID']);
  expect((await desk.run(['lab', 'check'], { lab })).stdout).toMatch(/WRONG +backups\/targets\.json/);
  writeFileSync(file, before);
});
