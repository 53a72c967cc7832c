import { systemClock } from '../../../electron/services/clock.ts';
import { createIssueService } from '../../../electron/services/issues/issue-service.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';

/** This file, to be run as a process of its own: `open-issues.ts LAB NAME COUNT`. It says the id of each that it opened. */
export const openIssues = import.meta.filename;

if (import.meta.main) {
  const [root = '', name = '', count = '0'] = process.argv.slice(2);
  const lab = await openLabFolder({ root, clock: systemClock, lockWaitMilliseconds: 60_000 });
  const issues = createIssueService({ lab, clock: systemClock, checks: {} });
  for (let number = 0; number < Number(count); number += 1) {
    const { id } = await issues.open({ title: `${name} ${number}`, nodes: [], sections: {} });
    process.stdout.write(`${id}\n`);
  }
}
