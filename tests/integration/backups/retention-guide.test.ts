import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { backupPolicySchema } from '../../../shared/schemas/backup-policy.ts';
import { Desk } from '../cli/run-cli.ts';

const root = join(import.meta.dirname, '../../..');
const guide = readFileSync(join(root, 'docs/guide/retention-explained.md'), 'utf8');

const desk = new Desk();
afterAll(() => desk.remove());

/** What a reader pastes, and what the guide says comes of it. */
const steps = [...guide.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```\n([\s\S]*?)^```\n)?/gm)];

test('the commands of the guide print what the guide says', () => {
  expect(steps.length).toBeGreaterThanOrEqual(2);
  const command = desk.path('sifaka');
  writeFileSync(
    command,
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'electron/cli/main.ts')}" "$@"\n`,
  );
  chmodSync(command, 0o755);
  for (const [, commands = '', output = ''] of steps) {
    const { stdout, stderr, status } = spawnSync('/bin/sh', ['-eu'], {
      input: commands,
      cwd: desk.folder,
      env: { ...process.env, PATH: `${desk.folder}:${process.env['PATH']}`, SIFAKA_HOME: desk.home },
      encoding: 'utf8',
    });
    expect([status, stderr, stdout]).toEqual([0, '', output]);
  }
});

test('the policy of the guide is one', () => {
  const [, text = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  expect(backupPolicySchema.parse(parse(text))).toMatchObject({ rules: [{ name: 'all', storage: 'nas' }] });
});
