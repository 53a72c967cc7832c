import { Problem } from '../../../shared/problem.ts';
import { takeKubernetesLease } from '../../../electron/services/sync/lock/kubernetes-lease.ts';
import { isStillHeld } from '../../../electron/services/sync/lock/lock-deadline.ts';

/**
 * Holds a Lease as a run does, looking at the deadline as before a step, until that has passed or SIGTERM comes. Its first
 * argument is the request as JSON, its second the connection. Says `held`, and how it ended.
 */
const [request = '', connection = ''] = process.argv.slice(2);
const server = JSON.parse(connection);
const account = { name: 'syncer', namespace: 'infrastructure', connect: async () => server };
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());
const lock = await takeKubernetesLease(account)(JSON.parse(request), { signal: ending.signal });
console.log('held');
let last = performance.now();
while (!ending.signal.aborted) {
  // Before the look: it is allowed to stand still after it.
  const now = performance.now();
  if (!isStillHeld(lock.deadline)) break;
  // By then another one may have taken it.
  if (now - last > JSON.parse(request).ttlSeconds * 1000) console.log('a step without the lock');
  last = now;
  // As a batch that is being applied: nothing else of this process can run meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  await new Promise(setImmediate);
}
if (ending.signal.aborted) console.log('ended');
else {
  console.log('too late');
  await lock.confirm().catch((error: unknown) => console.log(error instanceof Problem ? error.code : error));
}
await lock.release();
