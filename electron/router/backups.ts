import { Problem } from '../../shared/problem.ts';
import { formatQuantity } from '../../shared/quantities.ts';
import type { Services } from '../services/services.ts';
import type { Confirmations } from './confirmations.ts';
import type { Erasure } from './context.ts';
import type { Implementation } from './implementation.ts';

export function backupHandlers(
  backups: Implementation['backups'],
  services: Services,
  confirmations: Confirmations,
) {
  const service = services.backups;
  return {
    discover: backups.discover.handler(({ signal }) => service.discover(lasting(signal))),
    overview: backups.overview.handler(() => service.overview()),
    archives: backups.archives.handler(() => service.archives()),
    records: backups.records.handler(({ input }) => service.records(input.limit)),
    plan: backups.plan.handler(({ input, signal }) => service.plan(input, lasting(signal))),
    run: backups.run.handler(({ input }) => service.run(input.planDigest)),
    planPrune: backups.planPrune.handler(({ input, signal }) => service.planPrune(input, lasting(signal))),
    prune: backups.prune.handler(({ input }) => service.prune(input.planDigest)),
    verify: backups.verify.handler(({ input }) => service.verify(input)),
    restoreTest: backups.restoreTest.handler(({ input }) => service.restoreTest(input)),
    planRestore: backups.planRestore.handler(({ input, signal }) =>
      service.planRestore(input, lasting(signal)),
    ),
    restore: backups.restore.handler(({ input }) => service.restore(input.planDigest)),
    targets: backups.targets.handler(({ signal }) => service.targets(lasting(signal))),
    initTarget: backups.initTarget.handler(({ input, signal }) =>
      service.initTarget(input.target, lasting(signal)),
    ),
    agents: backups.agents.handler(({ signal }) => service.agents(lasting(signal))),
    planAgent: backups.planAgent.handler(({ input, signal }) => service.planAgent(input, lasting(signal))),
    deployAgent: backups.deployAgent.handler(({ input }) => service.deployAgent(input.planDigest)),
    collect: backups.collect.handler(({ input, signal }) => service.collect(input, lasting(signal))),
    confirm: backups.confirm.handler(async ({ input: { planDigest }, context, signal }) => {
      const { askOperator, sessionId } = context;
      // From what was planned here, not from what the page says of it.
      const erasure = askOperator && erasureOf(service.shown(planDigest));
      if (erasure !== undefined && !(await askOperator?.(erasure, { signal }))) throw notAgreed(erasure);
      return confirmations.issue({ sessionId, planDigest });
    }),
  };
}

type Shown = ReturnType<Services['backups']['shown']>;

/** What a plan takes away; nothing when it makes a guest where none is, or deploys an agent, which goes back by itself. */
function erasureOf(shown: Shown): Exclude<Erasure, { kind: 'card' }> | undefined {
  if (shown?.kind === 'restore' && shown.plan.overwrites === undefined) return undefined;
  return shown;
}

function notAgreed(erasure: Exclude<Erasure, { kind: 'card' }>): Problem {
  const { kind, plan } = erasure;
  return new Problem('CONFIRMATION_REQUIRED', {
    what:
      kind === 'restore'
        ? `Whether the guest ${plan.node}/${plan.vmid} may be erased was not answered with yes.`
        : `Whether ${formatQuantity(plan.removes, 'archive')} may be removed was not answered with yes.`,
    state: 'Nothing was started.',
    next: 'Review the plan again if it should be done after all.',
  });
}

function lasting(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}
