import type { Command } from 'commander';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { formatBytes, formatTime } from '../../../shared/quantities.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { withSession } from '../session.ts';
import { targetText } from '../text/card-text.ts';
import { drivesText, virtualName } from '../text/drive-text.ts';
import { factsText, tableText } from '../text/table.ts';
import { parseSize } from '../text/units.ts';

export function addDriveCommands(program: Command, run: RunCommand): void {
  const drives = program
    .command('drives')
    .description('what a card can be written onto, and which drives are not offered and why')
    .option('--watch', 'again whenever a drive comes, goes or changes, until Ctrl-C')
    .action((options: { watch?: boolean }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'nothing', ({ client }) =>
          options.watch === true ? watchDrives(context, client) : showDrives(client),
        ),
      ),
    );

  drives
    .command('list')
    .description('the virtual drives only')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'nothing', async ({ client }) => {
          const found = await client.drives.list();
          if (found.length === 0) {
            return {
              report: found,
              text: 'There is no virtual drive. `sifaka drives create NAME --size 8GB` makes one; `sifaka drives` shows the real ones.',
            };
          }
          const rows = found.map((drive) => [
            virtualName(drive),
            formatBytes(drive.size),
            drive.contents,
            drive.path,
          ]);
          return {
            report: found,
            text: tableText(
              [{ title: 'DRIVE' }, { title: 'SIZE', align: 'right' }, { title: 'HOLDS' }, { title: 'PATH' }],
              rows,
            ),
          };
        }),
      ),
    );

  drives
    .command('create <name>')
    .description('a virtual drive: a sparse file that stands for an SD card')
    .requiredOption('--size <size>', 'as in 128MiB or 32GB')
    .action((name: string, options: { size: string }, command: Command) =>
      run(command, (context) => {
        const size = parseSize(options.size);
        if (size === undefined)
          throw inputInvalid(`${options.size} is not a size.`, 'Write it as in 128MiB or 32GB.');
        return withSession(context, 'nothing', async ({ client }) => {
          const drive = await client.drives.createVirtual({ name, size });
          return {
            report: drive,
            text: `${factsText([['drive', targetText(drive)]])}\n\nNext: sifaka card burn NODE --drive virtual:${name}`,
          };
        });
      }),
    );
}

async function showDrives(client: SifakaClient): Promise<CommandResult> {
  const [real, virtual] = await Promise.all([client.drives.real(), client.drives.list()]);
  return { report: { real, virtual }, text: drivesText(real, virtual) };
}

/** Every list as it comes: a JSON line of its own, or the table with the time above it. Ctrl-C is its ordinary end. */
async function watchDrives(context: CommandContext, client: SifakaClient): Promise<CommandResult> {
  const { output, interrupts } = context;
  const { signal } = interrupts;
  let lists = 0;
  try {
    for await (const real of await client.drives.watch(undefined, { signal })) {
      const virtual = await client.drives.list();
      output.event({ type: 'drives', real, virtual });
      const time = `At ${formatTime(context.now())}:`;
      if (!output.json)
        output.results.write(`${lists > 0 ? '\n' : ''}${time}\n${drivesText(real, virtual)}\n`);
      if (lists === 0) output.say('Watching; Ctrl-C stops.');
      lists += 1;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return { report: { lists }, text: 'Stopped watching.' };
}
