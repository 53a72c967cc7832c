import { join } from 'node:path';
import { createBackupService } from '../../../electron/services/backups/backup-service.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import { createSecretStore } from '../../../electron/services/secrets/create-secret-store.ts';
import { parseClientConfig } from '../../../electron/services/ssh/client-config.ts';
import { createSsh } from '../../../electron/services/ssh/ssh.ts';

/** An app that tests a restore, or restores, until it is killed. Arguments: the rig's folder, lab, home; what it does, as JSON. */
const [folder = '', root = '', homeFolder = '', work = ''] = process.argv.slice(2);
const folders = {
  cache: join(folder, 'app/cache'),
  state: join(folder, 'app/state'),
  data: join(folder, 'app/data'),
  config: join(folder, 'app/config'),
};
const lab = await openLabFolder({ root, clock: systemClock });
const account = {
  homeFolder,
  userName: 'root',
  agent: undefined,
  readConfig: async () => parseClientConfig(''),
};
const backups = createBackupService({
  lab,
  ssh: createSsh({ lab, account }),
  jobs: createJobRegistry({ folder: folders.state, clock: systemClock, log: { line: console.error } }),
  secrets: createSecretStore({ lab, folders, identityFile: undefined }),
  folders,
  clock: systemClock,
  resources: join(import.meta.dirname, '../../../resources'),
  version: '0.1.0',
});
const wanted = JSON.parse(work) as {
  test?: Parameters<typeof backups.restoreTest>[0];
  restore?: Parameters<typeof backups.planRestore>[0];
};
if (wanted.test !== undefined) console.log((await backups.restoreTest(wanted.test)).jobId);
if (wanted.restore !== undefined) {
  const { digest } = await backups.planRestore(wanted.restore, new AbortController().signal);
  console.log((await backups.restore(digest)).jobId);
}
