import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Problem } from '../../../shared/problem.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import type { RemoteCommand } from '../ssh/run-command.ts';

/** What the node's program can be asked; see resources/node-deploy. */
export type NodeRequest =
  | readonly ['arm', deploy: string, windowSeconds: string]
  | readonly ['apply' | 'confirm' | 'restore', deploy: string]
  | readonly ['status', deploy: string, until: 'applied' | 'settled', seconds: string];

/**
 * The program, from its parts in the order of their names: those that every deploy has, and those in the folder `own` of the
 * resources, which say what is deployed. DEPLOY_REFUSED when they did not come with this installation.
 */
export async function readNodeProgram(resources: string | undefined, own: string): Promise<string> {
  try {
    if (resources === undefined) throw missing();
    const [common, special] = await Promise.all([
      shellFiles(join(resources, 'node-deploy')),
      shellFiles(join(resources, own)),
    ]);
    if (common.length === 0 || special.length === 0) throw missing();
    const files = [...common, ...special].toSorted((a, b) => (basename(a) < basename(b) ? -1 : 1));
    const parts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    return parts.join('\n');
  } catch (error) {
    throw systemErrorCode(error) === undefined ? error : missing(error);
  }
}

/**
 * One run of the program. It goes as an argument, so that stdin is free for what it is to receive; its request is
 * arguments too, and no shell reads them as anything else.
 */
export function nodeCommand(program: string, request: NodeRequest, input = ''): RemoteCommand {
  return { argv: ['/bin/sh', '-c', program, 'sifaka-deploy', ...request], input };
}

async function shellFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.sh')).map((name) => join(folder, name));
}

function missing(cause?: unknown): Problem {
  return new Problem(
    'DEPLOY_REFUSED',
    {
      what: 'The program that a deploy runs on the nodes did not come with this installation.',
      state: 'Nothing was changed.',
      next: 'Install Sifaka again.',
    },
    { cause },
  );
}
