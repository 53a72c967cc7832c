import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { systemErrorCode } from '../../durable/system-error.ts';
import { refused } from '../target-problems.ts';
import { checkWriterIsThere, writerEndProblem } from './launch-problems.ts';
import { type LaunchedProgram, spawnWriter } from './writer-process.ts';
import type { StartedWriter, WriterStart } from './writer-launcher.ts';

/** Whether this process may write to the drive as it is: root, or a member of the group that owns it. TARGET_MISSING. */
export async function mayWriteDrive(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') return false;
    throw refused(
      'TARGET_MISSING',
      `The drive ${path} is not there any more.`,
      'Put it back in, and start again.',
      error,
    );
  }
}

/** As a child with the rights of this process. WRITER_MISSING, IMAGE_FILE_MISSING. */
export async function startDirectly(program: LaunchedProgram, request: WriterStart): Promise<StartedWriter> {
  await checkWriterIsThere(program);
  const writer = await spawnWriter(program, request);
  return { kind: 'direct', ended: writer.end.then(writerEndProblem), stop: () => writer.stop() };
}
