import type { Command } from 'commander';
import type { BackupOverview, Coverage } from '../../../shared/schemas/backup-overview.ts';
import type { CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { withSession } from '../session.ts';
import { archivesText } from '../text/backup-archives-text.ts';
import { guestText, overviewText } from '../text/backup-overview-text.ts';

export function addBackupStatusCommands(backups: Command, run: RunCommand): void {
  backups
    .command('status [guest]', { isDefault: true })
    .description(
      'guest by guest, whether it could be restored tonight, the worst first; exit code 1 when one is bad or unknown',
    )
    .action((guest: string | undefined, _options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const overview = await client.backups.overview();
          return guest === undefined
            ? ofAll(overview, context.now())
            : ofGuest(overview, guest, context.now());
        }),
      ),
    );

  backups
    .command('archives')
    .description('every archive at every place, as the last discovery saw them, newest first')
    .option('--guest <guest>', 'only those of this one, as in baobab/100')
    .option('--place <place>', 'only those there, as in storage:nas or target:offsite')
    .option('--limit <count>', 'how many lines', '50')
    .action((options: { guest?: string; place?: string; limit: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const limit = Number(options.limit);
          if (!Number.isInteger(limit) || limit < 1 || limit > 100_000)
            throw inputInvalid(
              `${options.limit} is not a number of archives.`,
              'Give a number from 1 to 100000.',
            );
          const all = await client.backups.archives();
          const found = all.filter(
            ({ guest, place }) =>
              (options.guest === undefined || guest === options.guest) &&
              (options.place === undefined || place === options.place),
          );
          return { report: found.slice(0, limit), text: archivesText(found, limit, context.now()) };
        }),
      ),
    );
}

function ofAll(overview: BackupOverview, now: Date): CommandResult {
  return { report: overview, text: overviewText(overview, now), exitCode: exitCodeOf(overview.rows) };
}

function ofGuest(overview: BackupOverview, asked: string, now: Date): CommandResult {
  const found = overview.rows.filter(
    ({ guest }) =>
      asked === `${guest.node}/${guest.vmid}` || asked === String(guest.vmid) || asked === guest.name,
  );
  if (found.length === 0)
    throw inputInvalid(
      `${asked} is no guest that is known, and no command of sifaka backups.`,
      'See sifaka backups for all guests, sifaka backups discover to ask the nodes, or sifaka backups --help.',
    );
  return {
    report: { at: overview.at, discoveredAt: overview.discoveredAt, rows: found },
    text: found.map((row) => guestText(row, now)).join('\n\n'),
    exitCode: exitCodeOf(found),
  };
}

/** What nobody knows is as red as what is wrong. Before the first discovery nothing is known at all. */
function exitCodeOf(rows: readonly Coverage[]): number {
  return rows.length === 0 || rows.some(({ state }) => state === 'bad' || state === 'unknown') ? 1 : 0;
}
