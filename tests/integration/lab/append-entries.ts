import { systemClock } from '../../../electron/services/clock.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';

/** This file, to be run as a process of its own: `append-entries.ts LAB NAME COUNT`. It says each id it has appended. */
export const appendEntries = import.meta.filename;

if (import.meta.main) {
  const [root = '', name = '', count = '0'] = process.argv.slice(2);
  const lab = await openLabFolder({ root, clock: systemClock, lockWaitMilliseconds: 60_000 });
  for (let number = 0; number < Number(count); number += 1) {
    const { id } = await lab.appendToLogbook({
      id: `${name}-${number}`,
      project: 'test',
      summary: 'one of many',
    });
    process.stdout.write(`${id}\n`);
  }
}
