import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { refused } from '../target-problems.ts';
import { checkWriterIsThere } from './launch-problems.ts';
import { shellCommand } from './shell-command.ts';
import { openWriterInput } from './writer-image.ts';
import { type LaunchedProgram, writerPath } from './writer-process.ts';
import type { StartedWriter, WriterStart } from './writer-launcher.ts';

/** Never resolves: the operator may run the command at any time, or never; the end of the job is what ends the waiting. */
const neverEnds = new Promise<undefined>(() => undefined);

/**
 * Tells the operator the command that starts the writer as root, for another terminal. IMAGE_FILE_MISSING, WRITER_MISSING;
 * ELEVATION_UNAVAILABLE when a path cannot be shown as it is.
 */
export async function startBySudo(program: LaunchedProgram, request: WriterStart): Promise<StartedWriter> {
  await checkWriterIsThere(program);
  await (await openWriterInput(request.imagePath)).close();
  const sudo = await hasSudo();
  const words = [...(sudo ? ['sudo'] : []), ...program.argv, request.folder];
  const command = shellCommand(words, request.imagePath ?? '/dev/null');
  if (command === undefined) {
    throw refused(
      'ELEVATION_UNAVAILABLE',
      'An administrator has to start the writer, but a folder on its way has a name with invisible characters, which cannot be shown in a command.',
      'Rename that folder, or choose a plain path with SIFAKA_HOME; then start again.',
    );
  }
  const how = sudo
    ? 'Run this command in another terminal'
    : 'Become root in another terminal (`su -`), and run this command there';
  request.onWaiting(`An administrator’s rights are needed. ${how}; Sifaka waits for it:\n${command}`);
  return { kind: 'sudo', ended: neverEnds, stop: () => undefined };
}

export async function hasSudo(): Promise<boolean> {
  for (const folder of writerPath().split(':')) {
    try {
      await access(join(folder, 'sudo'), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}
