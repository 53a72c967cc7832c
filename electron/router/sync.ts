import type { Services } from '../services/services.ts';
import type { Confirmations } from './confirmations.ts';
import type { Implementation } from './implementation.ts';

export function syncHandlers(sync: Implementation['sync'], services: Services, confirmations: Confirmations) {
  const service = services.sync;
  return {
    overview: sync.overview.handler(({ input }) => service.overview(input)),
    iterations: sync.iterations.handler(({ input }) => service.iterations(input)),
    operations: sync.operations.handler(({ input }) => service.operations(input)),
    plan: sync.plan.handler(({ input, signal }) => service.plan(input, lasting(signal))),
    // Nobody is asked beside the page: a run changes only the folders that the lab names, as every run of the schedule does, and
    // whatever it replaces or deletes lies in the trash.
    confirm: sync.confirm.handler(({ input: { planDigest }, context }) =>
      confirmations.issue({ sessionId: context.sessionId, planDigest }),
    ),
    run: sync.run.handler(({ input }) => service.run(input.planDigest, input.agreed)),
    initPair: sync.initPair.handler(({ input }) => service.initPair(input.pair)),
    resume: sync.resume.handler(({ input, signal }) => service.resume(input.pair, lasting(signal))),
  };
}

function lasting(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}
