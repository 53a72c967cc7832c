import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';

/**
 * Who takes the first free loop device holds this (flock(1)) while doing so, and who gives one back only to take the same one
 * again holds it in between: else two tests have one device, and the first to end takes it from the other. It is the kernel's
 * own, so that runs beside each other on one machine meet there.
 */
export const loopControl = '/dev/loop-control';

/** Until it is disposed of, no test takes a free loop device. */
export async function keepLoopNumbers(): Promise<AsyncDisposable> {
  const handle = await open(loopControl);
  // The lock belongs to what is open here, and stays when flock(1) ends.
  const child = spawn('flock', ['--exclusive', '3'], {
    stdio: ['ignore', 'ignore', 'inherit', handle.fd],
  });
  const [code] = await once(child, 'close');
  if (code === 0) return handle;
  await handle.close();
  throw new Error(`${loopControl} cannot be locked`);
}
