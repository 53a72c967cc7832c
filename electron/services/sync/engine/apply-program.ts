import { parentPort, workerData } from 'node:worker_threads';
import { ApplyOrders } from './apply-orders.ts';
import type { Order } from './apply-step.ts';

/** The thread's side of apply-threads.ts: carries out what it is sent, and answers. */
const orders = new ApplyOrders(workerData);

parentPort?.on('message', (request: Order[]) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(orders.run(request));
});
