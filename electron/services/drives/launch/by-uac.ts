import { spawn } from 'node:child_process';
import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Problem } from '../../../../shared/problem.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { fillNewFile } from '../../durable/write-file.ts';
import { refused } from '../target-problems.ts';
import { writerImageName } from '../writer-protocol.ts';
import { childEnd } from './child-end.ts';
import { checkWriterIsThere } from './launch-problems.ts';
import { isLocalFilePath } from './local-path.ts';
import { powershell, powershellEnvironment } from './powershell.ts';
import { windowsCommandLine } from './windows-command-line.ts';
import { imageMissing } from './writer-image.ts';
import type { StartedWriter, WriterStart } from './writer-launcher.ts';
import type { LaunchedProgram } from './writer-process.ts';

/** ERROR_CANCELLED (winerror.h): the prompt was answered with no, closed, or not answered as long as Windows waits. */
const cancelledByUser = 1223;

/**
 * Starts the program in SIFAKA_PROGRAM with the "runas" verb of ShellExecuteEx, which has User Account Control ask
 * (learn.microsoft.com, ProcessStartInfo.Verb). Start-Process does the same, but keeps the number of the error to itself
 * and says it in the language of the system.
 */
const script = `
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
try {
  $start = New-Object System.Diagnostics.ProcessStartInfo
  $start.FileName = $env:SIFAKA_PROGRAM
  $start.Arguments = $env:SIFAKA_PARAMETERS
  $start.WorkingDirectory = [Environment]::SystemDirectory
  $start.Verb = 'runas'
  $start.UseShellExecute = $true
  $start.WindowStyle = [System.Diagnostics.ProcessWindowStyle]::Hidden
  $writer = [System.Diagnostics.Process]::Start($start)
} catch {
  $cause = $_.Exception.GetBaseException()
  $code = 0
  if ($cause -is [System.ComponentModel.Win32Exception]) { $code = $cause.NativeErrorCode }
  [Console]::Out.WriteLine('{"notStarted":' + $code + '}')
  exit 1
}
[Console]::Out.WriteLine('{"started":true}')
$writer.WaitForExit()
[Console]::Out.WriteLine('{"ended":' + $writer.ExitCode + '}')
`;

const answerSchema = z.union([
  z.strictObject({ started: z.literal(true) }),
  z.strictObject({ notStarted: z.int() }),
  /** 32 bits, as Windows has them: a crash is a large or a negative number. */
  z.strictObject({ ended: z.int() }),
]);

/**
 * Has User Account Control ask the operator, or an administrator at the operator's machine, whether the writer may run. No
 * time-out is ours; Windows closes its prompt after some minutes, which is a no. WRITER_MISSING, IMAGE_FILE_MISSING,
 * ELEVATION_UNAVAILABLE.
 *
 * An elevated process inherits no handle, so the golden image is named in the private folder, and the writer, which trusts
 * no name, reads it against the digest in the plan (docs/decisions).
 */
export async function startByUac(program: LaunchedProgram, request: WriterStart): Promise<StartedWriter> {
  const { folder, imagePath } = request;
  await checkWriterIsThere(program);
  if (imagePath !== undefined) await nameImage(folder, imagePath);
  const [file, ...parameters] = program.argv;
  const [shell, ...shellParameters] = powershell(script);
  const child = spawn(shell, shellParameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: powershellEnvironment({
      SIFAKA_PROGRAM: file,
      SIFAKA_PARAMETERS: windowsCommandLine([...parameters, folder]),
    }),
    windowsHide: true,
  });
  const end = childEnd(child);
  request.onWaiting(
    'Waiting for permission to use the drive: answer the prompt of User Account Control, which may wait in the taskbar.',
  );

  const explain = async (): Promise<Problem | undefined> => {
    let problem: Problem | undefined;
    let isStarted = false;
    let isEnded = false;
    for await (const line of createInterface({ input: child.stdout })) {
      const answer = answerOf(line);
      if (answer === undefined) continue;
      if ('started' in answer) isStarted = true;
      else if ('notStarted' in answer) problem = notStarted(answer.notStarted);
      else {
        isEnded = true;
        if (answer.ended !== 0) problem = writerEnded(answer.ended);
      }
    }
    const { said, failure } = await end;
    if (problem !== undefined || isEnded) return problem;
    if (isStarted) return writerEnded(undefined);
    return unavailable('Windows PowerShell, which asks for permission, does not work.', failure ?? said);
  };

  return {
    kind: 'uac',
    ended: explain(),
    // Only PowerShell: the writer, once it is elevated, is not ours to end. One that comes late finds nobody waiting.
    stop: () => void child.kill(),
  };
}

async function nameImage(folder: string, imagePath: string): Promise<void> {
  let place: string;
  try {
    if (!(await lstat(imagePath)).isFile()) throw imageMissing(undefined);
    place = await realpath(imagePath);
  } catch (error) {
    throw systemErrorCode(error) === undefined ? error : imageMissing(error);
  }
  if (!isLocalFilePath(place)) {
    throw refused(
      'ELEVATION_UNAVAILABLE',
      'The golden images are kept on a network share, where the elevated writer does not look.',
      'Choose a folder of this machine’s own disk for them with SIFAKA_HOME; then start again.',
    );
  }
  await fillNewFile(join(folder, writerImageName), (handle) => handle.writeFile(place));
}

function answerOf(line: string): z.infer<typeof answerSchema> | undefined {
  try {
    return answerSchema.parse(JSON.parse(line));
  } catch {
    // Something else that PowerShell had to say.
    return undefined;
  }
}

function notStarted(code: number): Problem {
  if (code === cancelledByUser) {
    return refused(
      'ELEVATION_REFUSED',
      'Permission was not given, or the prompt was closed.',
      'Start again, and let an administrator of this machine give the permission.',
    );
  }
  return unavailable(
    `Windows does not let the writer be started as an administrator (error ${code}).`,
    undefined,
  );
}

function unavailable(what: string, cause: unknown): Problem {
  return refused(
    'ELEVATION_UNAVAILABLE',
    what,
    'Ask the administrator of this machine whether a policy forbids it, or write the card on another machine.',
    cause,
  );
}

function writerEnded(code: number | undefined): Problem {
  return new Problem('WRITER_DIED', {
    what:
      code === undefined
        ? 'What watched over the program that writes the drive was ended.'
        : `The program that writes the drive was ended with exit code ${code}.`,
    state: 'Nothing more is written. If it had begun to erase the drive, the drive does not hold a card.',
    next: 'Try again; if it happens again, look for the drive in the system log of the Event Viewer.',
  });
}
