import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fillNewFile } from '../durable/write-file.ts';
import { systemProgram } from './launch/powershell.ts';
import { refused } from './target-problems.ts';
import { writerSocketName } from './writer-protocol.ts';

/** Well-known security identifiers (MS-DTYP 2.4.2.4): who owns the file, the system, the administrators. */
const allowed = ['S-1-3-4', 'S-1-5-18', 'S-1-5-32-544'];

/**
 * Takes a folder that is still empty from everybody but its owner, the system and the administrators, who may all read it
 * anyway: the folder for temporary files can have been put where others read. As icacls does it (learn.microsoft.com,
 * icacls): no inherited entries, and its own are inherited by what is made in it. ELEVATION_UNAVAILABLE.
 */
export async function keepOthersOut(folder: string): Promise<void> {
  const grants = allowed.map((identifier) => `*${identifier}:(OI)(CI)F`);
  try {
    await promisify(execFile)(
      systemProgram('icacls.exe'),
      [folder, '/inheritance:r', '/grant:r', ...grants, '/q'],
      { windowsHide: true },
    );
  } catch (error) {
    throw refused(
      'ELEVATION_UNAVAILABLE',
      `The folder for the writer (${folder}) cannot be kept from other users of this machine.`,
      'Choose a folder on an NTFS disk with TEMP, then start again.',
      error,
    );
  }
}

/**
 * A pipe that nobody can have guessed and taken before: its name is not in a command line, but in the private folder. Node's
 * own first instance of a pipe refuses one that is there already (FILE_FLAG_FIRST_PIPE_INSTANCE, libuv's pipe.c).
 */
export async function namePipe(folder: string): Promise<string> {
  const name = `\\\\.\\pipe\\sifaka-${randomBytes(16).toString('hex')}`;
  await fillNewFile(join(folder, writerSocketName), (handle) => handle.writeFile(name));
  return name;
}
