import type { Command } from 'commander';
import type { ImportedAddresses } from '../../../shared/schemas/bridge-design.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { withSession } from '../session.ts';
import { designsText, importedText, newAttemptText } from '../text/design-text.ts';

export function addBridgeDesignCommands(bridge: Command, run: RunCommand): void {
  bridge
    .command('designs')
    .description('the designs of the lab, deploy/attemptN, the newest first')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const designs = await client.bridge.designs();
          return { report: designs, text: designsText(designs) };
        }),
      ),
    );

  bridge
    .command('new-attempt')
    .description('make the next design from the cluster file, and say what differs from the one before')
    .option(
      '--from <design>',
      'copy what was put by hand into this design, not the newest; none copies nothing',
    )
    .action((options: { from?: string }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const made = await client.bridge.newAttempt(
            options.from === undefined ? {} : { from: options.from },
          );
          return { report: made, text: newAttemptText(made) };
        }),
      ),
    );

  bridge
    .command('import-addresses <script>')
    .description('read an old deploy script of the lab, without running it, for addresses of the nodes')
    .option('--write', 'set in the cluster file what it lacks; nothing that it has is changed')
    .action((script: string, options: { write?: boolean }, command: Command) =>
      run(command, (context) => importFrom(context, script, options.write ?? false)),
    );
}

function importFrom(context: CommandContext, script: string, write: boolean): Promise<CommandResult> {
  return withSession(context, 'lab', async ({ client }) => {
    const imported: ImportedAddresses = await client.bridge.importAddresses({ script, write });
    const again = `sifaka bridge import-addresses ${terminalText(script)} --write`;
    return { report: imported, text: importedText(imported, again) };
  });
}
