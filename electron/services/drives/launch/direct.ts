import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { systemErrorCode } from '../../durable/system-error.ts';
import { refused } from '../target-problems.ts';
import { childEnd } from './child-end.ts';
import { checkWriterIsThere, writerEndProblem } from './launch-problems.ts';
import { openWriterInput } from './writer-image.ts';
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

/** As a child with the rights of this process. */
export async function startDirectly(
  ports: { node: string; script: string },
  request: Pick<WriterStart, 'folder' | 'imagePath'>,
): Promise<StartedWriter> {
  await checkWriterIsThere(ports);
  const input = await openWriterInput(request.imagePath);
  try {
    const child = spawn(ports.node, [ports.script, request.folder], {
      stdio: [input.fd, 'ignore', 'pipe'],
      env: writerEnvironment(),
      cwd: '/',
      // A session of its own: Ctrl-C is for the app, which cancels, and lets the writer leave the drive as it must.
      detached: true,
    });
    return {
      kind: 'direct',
      ended: childEnd(child).then(writerEndProblem),
      stop: () => void child.kill('SIGTERM'),
    };
  } finally {
    await input.close();
  }
}

/** Nothing of ours that could change what Node does (NODE_OPTIONS) or that is nobody else's business. */
export function writerEnvironment(): NodeJS.ProcessEnv {
  const { PATH, LANG } = process.env;
  return {
    PATH: [PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(':'),
    ...(LANG === undefined ? {} : { LANG }),
  };
}
