import { Problem } from '../../../shared/problem.ts';
import type { LabFolder } from './lab-folder.ts';

/** Stands where a lab would be when none was opened: what needs one answers LAB_NOT_FOUND. */
export function noLab(): LabFolder {
  return {
    root: '',
    state: refuse,
    check: refuse,
    inventory: refuse,
    cluster: refuse,
    hostKeys: refuse,
    backupPolicy: refuse,
    syncPairs: refuse,
    changeHostKeys: refuse,
    get: refuse,
    set: refuse,
    readBytes: refuse,
    resolve: refuse,
    writeBytes: refuse,
    changeFile: refuse,
    listFiles: refuse,
    listFolders: refuse,
    readTree: refuse,
    createFolder: refuse,
    appendToLogbook: refuse,
    logbook: refuse,
  };
}

async function refuse(): Promise<never> {
  throw new Problem('LAB_NOT_FOUND', {
    what: 'No lab is open.',
    state: 'Nothing was read or changed.',
    next: 'Name your lab folder with --lab DIR; `sifaka lab demo DIR` makes one to try.',
  });
}
