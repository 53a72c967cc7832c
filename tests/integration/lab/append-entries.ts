/** A process of its own that appends to a lab's logbook: `append-entries.ts LAB NAME COUNT`; says each id it has done. */
import { systemClock } from '../../../electron/services/clock.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';

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
