import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { placeByMount } from '../../../electron/services/sync/engine/second-mount.ts';
import { unproven } from '../../rig/required-tools.ts';

function folder(path: string) {
  const { dev, ino } = statSync(path);
  // As `placeOf` gives it.
  return { bytes: path === '/' ? '' : path, device: dev, inode: ino };
}

test('a folder is found in the root of all folders, whose name is nothing but a slash', (context) => {
  if (process.platform !== 'linux') unproven(context, 'only Linux says what its mounts show');
  // Also where it is a mount of its own.
  expect(placeByMount(folder('/etc'), folder('/'))).toBe('etc');
});
