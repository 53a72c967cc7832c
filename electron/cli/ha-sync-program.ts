import { Command } from 'commander';
import packageFile from '../../package.json' with { type: 'json' };
import { runSyncCommand } from './commands/sync-run.ts';
import { doubleHyphened } from './double-hyphens.ts';
import { runProgram } from './run-program.ts';
import { addSyncRunOptions, type SyncRunFlags } from './sync-options.ts';

const afterHelp = `
HA_SYNC_DB_DSN names the database for the records, as user:password@tcp(host:3306)/database; without it they are a file in
--log-dir. With --pair and --direction alone, folders and options are those of sync/pairs.yaml in the lab that SIFAKA_LAB names.
Both folders carry a marker, which \`sifaka sync init --src DIR --dest DIR --pair NAME\` writes once.
Options may be written with one hyphen, too: -src DIR.

Exit codes: 0 done, 1 failed or incomplete, 2 bad input, 3 refused for safety, 4 taken by another run, 130 stopped by
SIGINT or SIGTERM.`;

/** `ha-sync`: one pass over one pair, with the flags of `sifaka sync run`, and nothing else to load. */
export function runHaSync(words: readonly string[]): Promise<never> {
  return runProgram(
    (run) =>
      addSyncRunOptions(
        new Command('ha-sync')
          .description('One pass over a pair of folders: what is new or newer in --src is copied to --dest.')
          .version(packageFile.version, '--version', 'print the version')
          .helpOption('-h, --help', 'print help')
          .option('--json', 'progress as JSON lines and the report last, on stdout')
          .addHelpText('after', afterHelp)
          .exitOverride()
          .configureOutput({ outputError: () => undefined }),
      ).action((flags: SyncRunFlags, command: Command) =>
        run(command, (context) => runSyncCommand(context, flags)),
      ),
    { pageFolder: '', arguments: doubleHyphened(words) },
  );
}
