import { Command } from 'commander';
import type { RunCommand } from './command-context.ts';
import { addBackupCommands } from './commands/backups.ts';
import { addBridgeCommands } from './commands/bridge.ts';
import { addCardCommands } from './commands/card.ts';
import { addDiagnosticsCommand } from './commands/diagnostics.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addDriveCommands } from './commands/drives.ts';
import { addImageCommands } from './commands/images.ts';
import { addIssueCommands } from './commands/issues.ts';
import { addJobCommands } from './commands/jobs.ts';
import { addLabCommands } from './commands/lab.ts';
import { addLogbookCommand } from './commands/logbook.ts';
import { addNodeCommands } from './commands/nodes.ts';
import { addSecretCommands } from './commands/secrets.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSyncCommands } from './commands/sync.ts';

const afterHelp = `
Exit codes: 0 done and proven, 1 failed, 2 bad input, 3 refused for safety, 4 taken by another run, 130 cancelled.
With --json every line on stdout is one JSON document; the last is of type "report" or "problem".`;

/** The whole command line. It throws CommanderError instead of ending the process. */
export function createProgram(run: RunCommand, version: string): Command {
  const program = new Command('sifaka')
    .description("The homelab operator's desk: recovery cards for the nodes of a lab.")
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--lab <folder>', 'the lab (else SIFAKA_LAB, else this folder if it is one)')
    .option('--json', 'progress as JSON lines and the report last, on stdout')
    .option('--yes', 'do not ask before a drive is erased or nodes are changed')
    .option(
      '--identity <file>',
      'your age identity (else SIFAKA_IDENTITY, else your own in the config folder)',
    )
    .option('--passphrase-file <file>', 'holds the passphrase of your identity, for runs without a terminal')
    .addHelpText('after', afterHelp)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    // Whatever is wrong with the arguments is printed once, as every other problem.
    .configureOutput({ outputError: () => undefined });
  addCardCommands(program, run);
  addLabCommands(program, run);
  addImageCommands(program, run);
  addSecretCommands(program, run);
  addDriveCommands(program, run);
  addNodeCommands(program, run);
  addBridgeCommands(program, run);
  addBackupCommands(program, run);
  addSyncCommands(program, run);
  addIssueCommands(program, run);
  addJobCommands(program, run);
  addLogbookCommand(program, run);
  addDoctorCommand(program, run);
  addDiagnosticsCommand(program, run);
  addServeCommand(program, run);
  inheritToAll(program);
  return program;
}

/** Commander copies these only to commands that are made after them. */
function inheritToAll(program: Command): void {
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
    inheritToAll(command);
  }
}
