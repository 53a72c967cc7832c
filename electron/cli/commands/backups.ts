import type { Command } from 'commander';
import type { RunCommand } from '../command-context.ts';
import { addBackupProveCommands } from './backups-prove.ts';
import { addBackupPruneCommand } from './backups-prune.ts';
import { addBackupDiscoverCommand } from './backups-discover.ts';
import { addBackupAgentCommands } from './backups-agent.ts';
import { addBackupRestoreCommand } from './backups-restore.ts';
import { addBackupRetentionCommand } from './backups-retention.ts';
import { addBackupRunCommands } from './backups-run.ts';
import { addBackupStatusCommands } from './backups-status.ts';
import { addBackupTargetCommands } from './backups-targets.ts';

export function addBackupCommands(program: Command, run: RunCommand): void {
  const backups = program
    .command('backups')
    .description('backups of the guests: made, kept, proven, brought back');
  addBackupDiscoverCommand(backups, run);
  addBackupAgentCommands(backups, run);
  addBackupRetentionCommand(backups, run);
  addBackupPruneCommand(backups, run);
  addBackupRunCommands(backups, run);
  addBackupStatusCommands(backups, run);
  addBackupProveCommands(backups, run);
  addBackupRestoreCommand(backups, run);
  addBackupTargetCommands(backups, run);
}
