import type { Command } from 'commander';
import type { ChangelogEntry } from '../../../shared/schemas/changelog.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import type { RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { withSession } from '../session.ts';
import { timeText } from '../text/units.ts';

export function addLogbookCommand(program: Command, run: RunCommand): void {
  program
    .command('logbook')
    .description('what was changed in this lab and why, newest first')
    .option('--limit <count>', 'how many entries', '20')
    .action((options: { limit: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const limit = Number(options.limit);
          if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
            throw inputInvalid(
              `${options.limit} is not a number of entries.`,
              'Give a number from 1 to 1000.',
            );
          }
          const entries = await client.lab.logbook({ limit });
          const text = entries.map((entry) => entryText(entry, context.now())).join('\n\n');
          return { report: entries, text: text === '' ? 'The logbook is empty.' : text };
        }),
      ),
    );
}

function entryText(entry: ChangelogEntry, now: Date): string {
  const lines = [
    `${timeText(entry.timestamp, now)}  ${entry.project}${entry.issue === null ? '' : `  ${entry.issue}`}`,
    `  ${entry.summary}`,
  ];
  if (entry.reason !== '') lines.push(`  because: ${entry.reason}`);
  return lines.map(terminalText).join('\n');
}
