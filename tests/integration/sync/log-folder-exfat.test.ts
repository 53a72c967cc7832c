import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountFileSystem, requireFileSystems } from '../../rig/file-systems/mount-file-system.ts';
import { put, SyncDesk } from './sync-desk.ts';

test('a log folder on exFAT, which takes no colons in a name, has the records until they are stored', async (context) => {
  requireFileSystems(context, 'exfat');
  await using stick = await mountFileSystem('exfat');
  using desk = await new SyncDesk().init();
  put(desk.a, 'file', 'content');
  const logDir = join(stick.path, 'log');
  const during: string[] = [];
  const { report } = await desk.run(desk.request({ logDir }), {
    tell: (event) => {
      if (event.type === 'operations') during.push(...readdirSync(logDir));
    },
  });
  expect(report.iteration.status).toBe('success');
  expect(
    [...new Set(during)].filter((name) => /^opslog-media-a-to-b-[\dTZ.-]+\.jsonl$/.test(name)),
  ).toHaveLength(1);
  expect(readdirSync(logDir).filter((name) => name.startsWith('opslog-'))).toEqual([]);
  expect(report.recorded).toBe('stored');
});
