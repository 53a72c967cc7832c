import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../../../shared/problem.ts';
import { systemErrorCode } from '../../durable/system-error.ts';

/** What the agent does not need of the program that Sifaka asks: what answers it. */
const answering = new Set(['5-ask.sh', '9-main.sh']);

/**
 * The agent as it is on a node: the parts that make a backup (resources/backups/node), and its own (resources/backups/agent).
 * AGENT_REFUSED when they did not come with this installation.
 */
export async function readAgentProgram(resources: string | undefined): Promise<string> {
  try {
    if (resources === undefined) throw missing();
    const making = await shellFiles(join(resources, 'backups', 'node'));
    const own = await shellFiles(join(resources, 'backups', 'agent'));
    const used = making.filter((file) => ![...answering].some((name) => file.endsWith(name)));
    if (used.length === 0 || own.length === 0) throw missing();
    const parts = await Promise.all([...used, ...own].map((file) => readFile(file, 'utf8')));
    return `#!/bin/sh\n${parts.join('\n')}`;
  } catch (error) {
    throw systemErrorCode(error) === undefined ? error : missing(error);
  }
}

async function shellFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sh'));
  return names.toSorted().map((name) => join(folder, name));
}

function missing(cause?: unknown): Problem {
  return new Problem(
    'AGENT_REFUSED',
    {
      what: 'The backup agent did not come with this installation.',
      state: 'Nothing was changed on any node.',
      next: 'Install Sifaka again.',
    },
    { cause },
  );
}
