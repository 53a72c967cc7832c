import { basename } from 'node:path';
import type { Command } from 'commander';
import { formatBytes } from '../../../shared/quantities.ts';
import type { RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { withSession } from '../session.ts';
import { targetText } from '../text/card-text.ts';
import { factsText, tableText } from '../text/table.ts';
import { parseSize } from '../text/units.ts';

export function addDriveCommands(program: Command, run: RunCommand): void {
  const drives = program.command('drives').description('what a card can be written onto');

  drives
    .command('list')
    .description('the drives that are there')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'nothing', async ({ client }) => {
          const found = await client.drives.list();
          if (found.length === 0) {
            return {
              report: found,
              text: 'There is no drive. `sifaka drives create NAME --size 8GB` makes a virtual one.',
            };
          }
          const rows = found.map((drive) => [
            drive.kind === 'virtual-drive' ? `virtual:${basename(drive.path, '.img')}` : drive.path,
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
