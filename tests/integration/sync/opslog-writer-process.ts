/** Appends operations to an opslog until it is killed; says how many it was told are written. */
import { createOpslog } from '../../../electron/services/sync/runs/opslog-writer.ts';
import { makeIteration, makeOperations } from '../../rig/sync-records.ts';

const [, , logDir = ''] = process.argv;
const iteration = makeIteration({ status: 'running', ended_at: null });
const writer = await createOpslog({ logDir, iteration });
for (let written = 0; ; ) {
  await writer.append(makeOperations(iteration, 500));
  written += 500;
  process.stdout.write(`${written}\n`);
}
