import type { Command } from 'commander';
import type { Manifest } from '../../../shared/schemas/backup-manifest.ts';
import type { RunCommand } from '../command-context.ts';
import { withSession } from '../session.ts';
import { discoveryText } from '../text/backup-discover-text.ts';

export function addBackupDiscoverCommand(backups: Command, run: RunCommand): void {
  backups
    .command('discover')
    .description(
      'ask every node for its guests, storages, archives and networks, and every target for its copies, and write the manifest; exit code 1 when a node is silent, or did not say all that it was asked, or a storage of it could not be listed',
    )
    .action((_options, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async ({ client }) => {
          const found = await client.backups.discover(undefined, { signal: context.interrupts.signal });
          return { report: found, text: discoveryText(found), exitCode: isWhole(found.manifest) ? 0 : 1 };
        }),
      ),
    );
}

/** A node without Proxmox has said all there is. */
export function isWhole({ nodes }: Pick<Manifest, 'nodes'>): boolean {
  return nodes.every(
    ({ state, problem, storages }) =>
      state === 'not-proxmox' ||
      (state === 'answered' &&
        problem === undefined &&
        storages.every((storage) => storage.problem === undefined)),
  );
}
