import type { Command } from 'commander';
import { terminalLines } from '../../../shared/terminal-text.ts';
import type { RunCommand } from '../command-context.ts';
import { withSession } from '../session.ts';

export function addDiagnosticsCommand(program: Command, run: RunCommand): void {
  program
    .command('diagnostics')
    .description('what a bug report needs: this machine, its drives and the newest of the log, redacted')
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(
          context,
          'nothing',
          async ({ client }) => {
            const { text } = await client.session.diagnostics();
            return { report: { text }, text: terminalLines(text) };
          },
          { withoutFolders: true },
        ),
      ),
    );
}
