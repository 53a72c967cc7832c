import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { timedRun } from '../timed-run.ts';
import type { Contestant } from './contestant.ts';

const program = join(import.meta.dirname, '../../../../out/main/cli.js');

/** The whole command in a process of its own; needs a build. */
export function sifakaCommand(): Contestant {
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\` first.`);
  return {
    name: 'Sifaka, the command',
    method: '`sifaka bridge deploy DESIGN --yes`, from the start of the program to its end',
    once: true,
    async run({ cluster, design, signal }) {
      const argv = [
        process.execPath,
        program,
        '--lab',
        cluster.lab,
        'bridge',
        'deploy',
        design,
        '--yes',
      ] as const;
      const env = { ...cluster.environment, SIFAKA_HOME: join(cluster.folder, 'sifaka-home') };
      const { seconds } = await timedRun({ argv: [...argv], env }, signal);
      return { push: undefined, whole: seconds, nodesCpu: undefined };
    },
  };
}
