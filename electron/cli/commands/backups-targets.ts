import type { Command } from 'commander';
import type { RunCommand } from '../command-context.ts';
import { withSession } from '../session.ts';
import { targetsText } from '../text/backup-targets-text.ts';

export function addBackupTargetCommands(backups: Command, run: RunCommand): void {
  const targets = backups
    .command('targets')
    .description('where copies of backups go, and whether each can be used now; exit code 1 if one cannot')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const found = await client.backups.targets(undefined, { signal: context.interrupts.signal });
          const isReady = found.every(({ state }) => state === 'ready');
          return { report: found, text: targetsText(found), exitCode: isReady ? 0 : 1 };
        }),
      ),
    );

  targets
    .command('init')
    .argument('<name>', 'a target of the cluster file')
    .description('put the mark of this lab there: without it nothing is copied to a target')
    .action((target: string, _options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const found = await client.backups.initTarget({ target }, { signal: context.interrupts.signal });
          const isReady = found.state === 'ready';
          const next = isReady ? '\n\nNext, so that the dashboard knows: sifaka backups discover' : '';
          return { report: found, text: `${targetsText([found])}${next}`, exitCode: isReady ? 0 : 1 };
        }),
      ),
    );
}
