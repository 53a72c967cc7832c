import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../../../shared/problem.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import type { RemoteCommand } from '../../ssh/run-command.ts';

/** What the nodes' program can be asked; see resources/backups/node. */
export type BackupNodeRequest =
  | readonly ['start' | 'cancel' | 'forget', run: string]
  | readonly ['status', run: string, logFrom: string]
  | readonly ['list'];

/** The program, from its parts in the order of their names. BACKUP_REFUSED when it did not come with this installation. */
export async function readBackupProgram(resources: string | undefined): Promise<string> {
  const folder = resources === undefined ? undefined : join(resources, 'backups', 'node');
  try {
    if (folder === undefined) throw missing();
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sh')).toSorted();
    const parts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    if (parts.length === 0) throw missing();
    return parts.join('\n');
  } catch (error) {
    throw systemErrorCode(error) === undefined ? error : missing(error);
  }
}

/** One run of the program: it goes as an argument, so that stdin is free for what it is to receive. */
export function backupCommand(program: string, request: BackupNodeRequest, input = ''): RemoteCommand {
  return { argv: ['/bin/sh', '-c', program, 'sifaka-backup', ...request], input };
}

function missing(cause?: unknown): Problem {
  return new Problem(
    'BACKUP_REFUSED',
    {
      what: 'The program that makes backups on the nodes did not come with this installation.',
      state: 'Nothing was changed.',
      next: 'Install Sifaka again.',
    },
    { cause },
  );
}
