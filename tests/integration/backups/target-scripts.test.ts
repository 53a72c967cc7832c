import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import * as fileScripts from '../../../electron/services/backups/node/node-files.ts';
import * as bringScripts from '../../../electron/services/backups/targets/bring-archive.ts';
import * as folderScripts from '../../../electron/services/backups/targets/folder/node-scripts.ts';
import { requireTools } from '../../rig/required-tools.ts';

const scripts = Object.entries({ ...fileScripts, ...bringScripts, ...folderScripts }).flatMap(
  ([name, text]) => (name.endsWith('Script') && typeof text === 'string' ? [[name, text] as const] : []),
);

it('there are scripts', () => {
  expect(scripts.length).toBeGreaterThan(12);
});

it.for(scripts)('%s passes shellcheck', ([, text], context) => {
  requireTools(context, 'shellcheck');
  const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], { input: text, encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, '']);
});
