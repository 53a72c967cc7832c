import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import {
  openedElsewhereScript,
  removeArchiveScript,
  removeExportScript,
} from '../../../electron/services/backups/prune/removal-scripts.ts';
import { removeOnNode } from '../../../electron/services/backups/prune/remove-archive.ts';
import type { Ssh, Ways } from '../../../electron/services/ssh/ssh.ts';
import { archivesOf, guestOf, recordOf } from '../../rig/backups/made-backups.ts';
import { requireTools } from '../../rig/required-tools.ts';
import { problemOf } from '../lab/lab-fixtures.ts';

it.for([
  ['an archive', removeArchiveScript],
  ['an export', removeExportScript],
  ['who reads it', openedElsewhereScript],
])('the script for %s passes shellcheck', ([, text], context) => {
  requireTools(context, 'shellcheck');
  const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], { input: text, encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, '']);
});

it.each([
  ['another storage', { volid: 'local:backup/vzdump-qemu-100-2026_11_20-02_30_00.vma.zst' }],
  ['another name', { volid: 'nas:backup/vzdump-qemu-101-2026_11_20-02_30_00.vma.zst' }],
  ['no volume at all', { volid: undefined }],
  ['no node that has it', { node: undefined }],
  ['no guest', { vmid: undefined }],
])('of an archive with %s no node is asked', async (_what, change) => {
  const [archive] = archivesOf(recordOf(guestOf(100), Date.UTC(2026, 10, 20, 2, 30)), change);
  if (archive === undefined) throw new Error('a backup that was made has an archive');
  const asked: string[] = [];
  const ssh = { run: () => Promise.reject(asked.push('asked')) } as unknown as Ssh;
  const ways = { members: [], destinations: { toNode: () => undefined } } as unknown as Ways;
  const removal = removeOnNode({ ssh }, ways, { archive, others: ['ebony'] });
  expect(await problemOf(removal)).toMatchObject({ code: 'ARCHIVE_CHANGED', state: 'It was not removed.' });
  expect(asked).toEqual([]);
});
