import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import type { Drive } from '../../shared/schemas/drive.ts';
import { loopControl } from '../rig/loop-numbers.ts';
import { requireTools, unproven } from '../rig/required-tools.ts';
import type { RunningApp } from './running-app.ts';

const run = promisify(execFile);
const withSystemPrograms = { env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } };

/** A drive that can be put in and pulled out: a file that the kernel shows as a block device. */
export interface LoopDevice extends AsyncDisposable {
  /** As in `/dev/loop9`. */
  readonly path: string;
  /** Pulls it out. */
  detach(): Promise<void>;
}

/** Linux and root only; skips the test loudly elsewhere. */
export function requireLoopDevices(context: TestContext): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) unproven(context, 'needs root on Linux');
  requireTools(context, 'flock', 'losetup', 'lsblk');
}

/** `size` in bytes. */
export async function insertLoopDevice(size: number): Promise<LoopDevice> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-e2e-loop-'));
  const file = join(folder, 'card.img');
  await using handle = await open(file, 'wx');
  await handle.truncate(size);
  const { stdout } = await run(
    'flock',
    [loopControl, 'losetup', '--find', '--show', file],
    withSystemPrograms,
  );
  const path = stdout.trim();
  let attached = true;
  const detach = async () => {
    if (!attached) return;
    attached = false;
    await run('losetup', ['--detach', path], withSystemPrograms);
  };
  return {
    path,
    detach,
    async [Symbol.asyncDispose]() {
      await detach();
      await rm(folder, { recursive: true });
    },
  };
}

/** What the app says of it. */
export async function driveAt(app: RunningApp, path: string): Promise<Drive> {
  const drive = (await app.client.drives.real()).find((one) => one.path === path);
  if (!drive) throw new Error(`${path} is not in the list`);
  return drive;
}
