import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Drive } from '../../shared/schemas/drive.ts';
import { inUse } from './held-drive.ts';
import { runProgram } from './run-program.ts';

/** udev looks at a drive that was just plugged in for less. */
const patienceSeconds = 10;
/** What flock(1) is told to answer when the lock could not be had in time; 1 may mean anything. */
const notHad = 75;

/**
 * Keeps udev away from a drive, and with it the desktops, which mount what udev tells them of: not while it is half
 * written, and not between its proof and its ejecting (https://systemd.io/BLOCK_DEVICE_LOCKING/). Programs that do not
 * know of these locks are kept away by {@link holdDrive}. Where flock(1) is not installed it is gone on without.
 * TARGET_IN_USE when another program has locked the drive.
 */
export async function lockAgainstUdev(drive: Drive): Promise<AsyncDisposable> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const handle = await open(drive.path, flags).catch(() => undefined);
  // Who opens it for writing says what is wrong with it.
  if (handle === undefined) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  // The lock belongs to what is open here, and stays when flock(1) ends.
  const parameters = [
    '--exclusive',
    '--timeout',
    String(patienceSeconds),
    '--conflict-exit-code',
    String(notHad),
    '3',
  ];
  const { code } = await runProgram('flock', parameters, { descriptor: handle.fd });
  if (code !== notHad) return handle;
  await handle.close();
  throw inUse(drive, 'Another program has locked it.');
}
