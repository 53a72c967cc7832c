import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Ended, Hazard } from './hazard.ts';
import type { World } from './world.ts';

export type RunPasses = (world: World, hazard: Hazard) => Promise<Ended>;

/** The peers, as an operator who reads their manuals would call them; options that a row could be saved with are in its words. */
export const peers: Readonly<
  Record<string, { readonly version: readonly string[]; readonly run: RunPasses }>
> = {
  rsync: {
    version: ['rsync', '--version'],
    run: async ({ a, b }, hazard) => {
      const options = ['-a', '--update', ...(hazard.checksum === true ? ['-c'] : [])];
      const deletions = hazard.deletions === true ? ['--delete'] : [];
      return both(hazard, [
        ['rsync', ...options, ...deletions, `${a.path}/`, `${b.path}/`],
        ['rsync', ...options, `${b.path}/`, `${a.path}/`],
      ]);
    },
  },
  rclone: {
    version: ['rclone', '--version'],
    run: async ({ folder, a, b }, hazard) => {
      const options = ['--update', '--config', join(folder, 'rclone.conf')];
      if (hazard.checksum === true) options.push('--checksum');
      return both(hazard, [
        ['rclone', hazard.deletions === true ? 'sync' : 'copy', ...options, a.path, b.path],
        ['rclone', 'copy', ...options, b.path, a.path],
      ]);
    },
  },
  unison: {
    version: ['unison', '-version'],
    run: async ({ folder, a, b }) => {
      const state = join(folder, 'unison');
      mkdirSync(state, { recursive: true });
      const command = [
        'unison',
        a.path,
        b.path,
        '-batch',
        '-auto',
        '-times',
        '-prefer',
        'newer',
        '-ui',
        'text',
      ];
      return together([await execute(command, { UNISON: state })]);
    },
  },
};

async function both(hazard: Hazard, commands: readonly (readonly string[])[]): Promise<Ended> {
  const ends: One[] = [];
  for (const command of hazard.onlyForth === true ? commands.slice(0, 1) : commands)
    ends.push(await execute(command));
  return together(ends);
}

interface One {
  readonly code: number;
  readonly says: string;
}

function together(ends: readonly One[]): Ended {
  const failed = ends.find(({ code }) => code !== 0);
  return {
    clean: failed === undefined,
    exit: `exit ${failed?.code ?? 0}`,
    says: ends.map(({ says }) => says).join('\n'),
  };
}

async function execute(command: readonly string[], env: Record<string, string> = {}): Promise<One> {
  const [program = '', ...words] = command;
  const child = spawn(program, words, {
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: Number(code), says: out + err };
}
