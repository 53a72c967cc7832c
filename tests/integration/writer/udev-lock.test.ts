import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, expect, test } from 'vitest';
import { runTool } from '../drives/loop-devices.ts';
import { deltaOf, SharedStage, burn } from './forged-stage.ts';
import { say, type Step } from './writer-alone.ts';

const shared = new SharedStage();
afterAll(() => shared.close());

/** What udev does before it looks at a drive (systemd, src/udev/udev-worker.c): a shared lock, at once or not at all. */
async function mayUdevLook(device: string): Promise<boolean> {
  return await runTool('flock', '--shared', '--nonblock', '--conflict-exit-code', '9', device, 'true').then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 9) return false;
      throw error;
    },
  );
}

test('udev is kept away from before the first write until the last word, and no longer', async (context) => {
  await using stage = await shared.own(context, 'flock');
  const { path } = stage.target;
  const seen: boolean[] = [];
  const look = async () => void seen.push(await mayUdevLook(path));
  const steps: Step[] = [
    look,
    burn(stage.plan()),
    ...deltaOf(8192),
    say({ type: 'begin' }),
    'ready',
    look,
    say({ type: 'erase' }),
    'body',
    look,
    say({ type: 'head' }),
    'head',
    look,
    say({ type: 'finish' }),
    'done',
  ];
  const end = await stage.run(steps);
  await look();
  expect(end).toMatchObject({ code: 0, problem: undefined });
  expect(seen).toEqual([true, false, false, false, true]);
});

test('a drive that another program has locked is not written to', { timeout: 60_000 }, async (context) => {
  await using stage = await shared.own(context, 'flock');
  const { path } = stage.target;
  const other = spawn('flock', ['--exclusive', path, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    // It echoes when it has the lock.
    other.stdin.write('locked');
    await once(other.stdout, 'data');
    const end = await stage.runUntouched(stage.job());
    expect(end).toMatchObject({ code: 1, problem: 'TARGET_IN_USE', state: 'Nothing was written.' });
  } finally {
    other.stdin.end();
    await once(other, 'close');
  }
});
