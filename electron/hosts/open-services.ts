import packageFile from '../../package.json' with { type: 'json' };
import { appFolders, makeAppFolders } from '../services/app-folders.ts';
import { systemClock } from '../services/clock.ts';
import { createServices } from '../services/create-services.ts';
import type { Log } from '../services/log.ts';
import type { Services } from '../services/services.ts';
import { openLog } from './own-log.ts';
import { findResources } from './resources-folder.ts';

export type { Services } from '../services/services.ts';

/** Opens one lab on this machine, in the platform's folders (or `SIFAKA_HOME`). Close what it answers. */
export async function openServices(options: {
  readonly lab?: string | undefined;
  readonly identityFile?: string | undefined;
  readonly log?: Log;
  /** `doctor` says itself which of the app's folders cannot be made. */
  readonly withoutFolders?: boolean;
}): Promise<Services> {
  const folders = appFolders(process.env);
  await makeAppFolders(folders).catch((error: unknown) => {
    if (!options.withoutFolders) throw error;
  });
  return createServices({
    lab: options.lab,
    folders,
    clock: systemClock,
    log: options.log ?? openLog(folders),
    version: packageFile.version,
    identityFile: options.identityFile,
    resources: findResources(import.meta.dirname),
  });
}
