import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { Problem } from '../../shared/problem.ts';
import type { Drive } from '../../shared/schemas/drive.ts';
import { powershell, powershellEnvironment } from '../services/drives/launch/powershell.ts';
import { inUse } from './held-drive.ts';
import { volumesProgram } from './windows-volumes-program.ts';

const answerSchema = z.union([
  z.strictObject({ locked: z.int().nonnegative() }),
  z.strictObject({ mediaChanges: z.int().nonnegative() }),
  z.strictObject({ ejected: z.boolean() }),
  z.strictObject({ failed: z.string(), code: z.int() }),
]);
type Answer = z.infer<typeof answerSchema>;

/** The volumes of one disk, locked and dismounted; nobody can mount them again before this is disposed of. */
export interface LockedVolumes extends AsyncDisposable {
  /** How often the medium was changed, as the disk counts it. DRIVE_FAILED when the volumes are locked no more. */
  mediaChanges(): Promise<number>;
  /** Whether the disk let its medium go. */
  eject(): Promise<boolean>;
}

/** How long the locks may take to be given back. */
const endingMilliseconds = 5_000;

/** The number of `\\.\PhysicalDriveN`. */
export function diskNumber(path: string): string {
  const number = /^\\\\\.\\PhysicalDrive(\d{1,4})$/.exec(path)?.[1];
  if (number === undefined) throw new Error(`${path} is no disk`);
  return number;
}

/** Locks and dismounts whatever volumes lie on the disk, with or without a letter. TARGET_IN_USE, DRIVE_FAILED. */
export async function lockVolumes(drive: Drive): Promise<LockedVolumes> {
  const [program, ...parameters] = powershell(volumesProgram);
  const child = spawn(program, parameters, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: powershellEnvironment({ SIFAKA_DISK: diskNumber(drive.path) }),
    windowsHide: true,
  });
  const gone = once(child, 'close').catch(() => undefined);
  // It may end before it was told anything; that is seen by the answer that does not come.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const end = async () => {
    child.stdin.end();
    // One that hangs in the disk's driver must not keep the writer from its last word.
    const waiting = new AbortController();
    const late = setTimeout(endingMilliseconds, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([gone, late]);
    waiting.abort();
    child.kill();
    child.stdout.destroy();
    child.unref();
  };
  const ask = async (command: string): Promise<Answer> => {
    child.stdin.write(`${command}\n`);
    return await nextAnswer(lines, drive);
  };
  try {
    const first = await nextAnswer(lines, drive);
    if (!('locked' in first)) throw notLocked(drive, first);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    async mediaChanges() {
      const answer = await ask('media');
      if ('mediaChanges' in answer) return answer.mediaChanges;
      throw lockLost(drive, answer);
    },
    async eject() {
      const answer = await ask('eject');
      return 'ejected' in answer && answer.ejected;
    },
    [Symbol.asyncDispose]: end,
  };
}

async function nextAnswer(lines: AsyncIterator<string>, drive: Drive): Promise<Answer> {
  const { value, done } = await lines.next();
  if (done === true) throw lockLost(drive, undefined);
  try {
    return answerSchema.parse(JSON.parse(value));
  } catch (error) {
    throw lockLost(drive, error);
  }
}

/** Where the program fails when somebody uses a volume, by its own names; anywhere else it is the disk's fault. */
const volumeSteps: ReadonlySet<string> = new Set(['openVolume', 'lock', 'dismount', 'extents', 'spanned']);

function notLocked(drive: Drive, answer: Answer): Problem {
  if (!('failed' in answer)) return lockLost(drive, answer);
  const { failed, code } = answer;
  if (!volumeSteps.has(failed)) return lockLost(drive, answer);
  if (failed === 'spanned') return inUse(drive, 'A volume on it reaches over other drives, too.');
  return inUse(
    drive,
    `A volume on it cannot be locked: a window, a scanner or another program has a file of it open (${failed}, error ${code}).`,
  );
}

function lockLost(drive: Drive, cause: unknown): Problem {
  return new Problem(
    'DRIVE_FAILED',
    {
      what: `${drive.label} (${drive.path}) cannot be kept from other programs: what holds its volumes does not answer.`,
      state: '',
      next: 'Check that it is plugged in and that Windows PowerShell may compile programs (Add-Type) here, then burn again.',
    },
    { cause },
  );
}
