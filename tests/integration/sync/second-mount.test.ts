import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { placeByMount } from '../../../electron/services/sync/engine/second-mount.ts';
import { unproven } from '../../rig/required-tools.ts';

function folder(path: string) {
  const { dev, ino } = statSync(path);
  return { bytes: path, device: dev, inode: ino };
}

test('a folder is found in the root of all folders, whose name is nothing but a slash', (context) => {
  if (process.platform !== 'linux') unproven(context, 'only Linux says what its mounts show');
  const inside = mkdtempSync(join(tmpdir(), 'sifaka-mount-'));
  try {
    // What is in another file system is not entered from there.
    const expected = statSync(inside).dev === statSync('/').dev ? inside.slice(1) : undefined;
    expect(placeByMount(folder(inside), folder('/'))).toBe(expected);
  } finally {
    rmSync(inside, { recursive: true });
  }
});
