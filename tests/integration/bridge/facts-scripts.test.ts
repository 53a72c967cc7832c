import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerLines } from '../../../electron/services/bridge/facts/answer-lines.ts';
import { parseNodeFacts } from '../../../electron/services/bridge/facts/node-facts.ts';
import { lookScript, planScript } from '../../../electron/services/bridge/facts/node-scripts.ts';
import { ownUser } from '../../rig/sshd.ts';
import { requireTools } from '../../rig/required-tools.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sifaka-facts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.for([
  ['the plan', planScript],
  ['the look', lookScript],
])('the script of %s passes shellcheck', ([, text], context) => {
  requireTools(context, 'shellcheck');
  const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], { input: text, encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, '']);
});

it.for(['dash', 'bash', 'busybox'])('%s tells the same of every kind of file', (shell, context) => {
  requireTools(context, shell, 'ip');
  const place = join(folder, shell);
  mkdirSync(join(place, 'folder'), { recursive: true });
  const text = 'quotes \' " $(touch /tmp/never) `id` and \u001b[2J\nsecond line\n';
  writeFileSync(join(place, 'file'), text, { mode: 0o640 });
  writeFileSync(join(place, 'binary'), Buffer.from([0, 255, 10, 0]));
  writeFileSync(join(place, 'large'), Buffer.alloc(256 * 1024 + 1));
  symlinkSync('file', join(place, 'link'));
  symlinkSync('folder', join(place, 'way'));
  execFileSync('mkfifo', [join(place, 'pipe')]);
  const names = ['file', 'binary', 'large', 'link', 'folder', 'way/file', 'file/below', 'pipe', 'nothing'];
  const paths = names.map((name) => join(place, name));
  const [program = '', ...first] = shell === 'busybox' ? ['busybox', 'sh'] : [shell];
  const parameters = [...first, '-s', '--', 'thunderbridge', ...paths];
  const { stdout, stderr, status } = spawnSync(program, parameters, {
    input: planScript,
    env: { SSH_CONNECTION: '127.0.0.1 40000 127.0.0.1 22' },
  });
  expect([status, stderr.toString()]).toEqual([0, '']);
  const facts = parseNodeFacts(answerLines(stdout) ?? [], paths);
  expect(facts?.management).toEqual({ interface: 'lo', address: '127.0.0.1', leavesBy: 'lo' });
  expect(facts?.isRoot).toBe(process.getuid?.() === 0);
  expect(facts?.links.map(({ name }) => name)).toContain('lo');
  const kinds = paths.map((path) => facts?.files.get(path)?.kind);
  expect(kinds).toEqual([
    'file',
    'file',
    'large',
    'link',
    'directory',
    'behind',
    'behind',
    'other',
    'absent',
  ]);
  expect(facts?.files.get(paths[0] ?? '')).toMatchObject({ file: { text, mode: '0640', owner: ownUser } });
  expect(facts?.files.get(paths[1] ?? '')).toMatchObject({ file: { base64: 'AP8KAA==' } });
});
