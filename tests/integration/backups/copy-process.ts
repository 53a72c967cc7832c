/** Copies one archive as a process of its own, for tests that end it in the middle. Its argument is JSON. */
import { join } from 'node:path';
import { z } from 'zod';
import { createBackupTargets } from '../../../electron/services/backups/targets/backup-targets.ts';
import type { NodeArchive } from '../../../electron/services/backups/targets/target-store.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import { createSecretStore } from '../../../electron/services/secrets/create-secret-store.ts';
import { parseClientConfig } from '../../../electron/services/ssh/client-config.ts';
import { createSsh } from '../../../electron/services/ssh/ssh.ts';
import { ownUser } from '../../rig/sshd.ts';

const { folder, target, archive } = z
  .object({ folder: z.string(), target: z.string(), archive: z.custom<NodeArchive>() })
  .parse(JSON.parse(process.argv[2] ?? ''));
const lab = await openLabFolder({ root: join(folder, 'lab'), clock: systemClock });
const account = {
  homeFolder: join(folder, 'home'),
  userName: ownUser,
  agent: undefined,
  readConfig: async () => parseClientConfig(''),
};
const ssh = createSsh({ lab, account });
const folders = { config: join(folder, 'config'), data: join(folder, 'data') };
const secrets = createSecretStore({ lab, folders, workFactor: 1 });
const targets = createBackupTargets({ lab, ssh, secrets, clock: systemClock });
const store = await targets.open(target);
const options = { signal: new AbortController().signal, progress: () => undefined };
console.log(JSON.stringify(await store.copy(archive, options)));
ssh.close();
