import { Problem } from '../../shared/problem.ts';
import type { Services } from '../services/services.ts';
import type { Confirmations } from './confirmations.ts';
import type { CallContext } from './context.ts';
import type { Implementation } from './implementation.ts';

export function bridgeHandlers(
  bridge: Implementation['bridge'],
  services: Services,
  confirmations: Confirmations,
) {
  return {
    designs: bridge.designs.handler(() => services.bridge.designs()),
    newAttempt: bridge.newAttempt.handler(({ input }) => services.bridge.newAttempt(input)),
    importAddresses: bridge.importAddresses.handler(({ input }) => services.bridge.importAddresses(input)),
    described: bridge.described.handler(() => services.bridge.described()),
    look: bridge.look.handler(({ signal }) => services.bridge.look(lasting(signal))),
    plan: bridge.plan.handler(({ input, signal }) => services.bridge.plan(input, lasting(signal))),
    confirm: bridge.confirm.handler(({ input: { planDigest }, context }) =>
      confirmations.issue({ sessionId: context.sessionId, planDigest }),
    ),
    deploy: bridge.deploy.handler(({ input }) => services.bridge.deploy(input.planDigest)),
    deploys: bridge.deploys.handler(() => services.bridge.deploys()),
    converge: bridge.converge.handler(({ input, signal }) =>
      services.bridge.converge(input.to, lasting(signal)),
    ),
    check: bridge.check.handler(({ input }) => services.bridge.check(input)),
    checks: bridge.checks.handler(({ input }) => services.bridge.checks(input.limit)),
    timer: bridge.timer.handler(({ context }) => {
      requireTerminal(context);
      return services.bridge.timer.status();
    }),
    setTimer: bridge.setTimer.handler(({ input: { everyMinutes }, context }) => {
      requireTerminal(context);
      const { timer } = services.bridge;
      return everyMinutes === null ? timer.remove() : timer.install(everyMinutes);
    }),
    openIssue: bridge.openIssue.handler(({ input, signal }) =>
      services.bridge.openIssue(input.check, lasting(signal)),
    ),
  };
}

/** What runs without anybody there is set up by who sits at the machine, and from the command line that is to be run. */
function requireTerminal({ host }: CallContext): void {
  if (host === 'in-process') return;
  throw new Problem('NOT_ALLOWED', {
    what: 'The timer is set up from the command line only.',
    state: 'Nothing was changed.',
    next: 'Run: sifaka bridge timer install',
  });
}

function lasting(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}
