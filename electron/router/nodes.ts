import { Problem } from '../../shared/problem.ts';
import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function nodeHandlers(nodes: Implementation['nodes'], services: Services) {
  return {
    list: nodes.list.handler(() => services.nodes.list()),
    check: nodes.check.handler(({ input, signal }) => services.nodes.check(input.nodes, lasting(signal))),
    hostKey: nodes.hostKey.handler(({ input, signal }) =>
      services.nodes.hostKey(input.host, lasting(signal)),
    ),
    trust: nodes.trust.handler(({ input, context, signal }) => {
      // A page that was taken over must not decide who is a node: there is no one beside it who compared anything.
      if (context.host !== 'in-process') throw onlyFromTheTerminal(input.host);
      return services.nodes.trust(input, lasting(signal));
    }),
  };
}

function lasting(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}

function onlyFromTheTerminal(host: string): Problem {
  return new Problem('NOT_ALLOWED', {
    what: 'A host key is trusted from the command line only.',
    state: 'Nothing was trusted.',
    next: `Compare its fingerprint and run: sifaka nodes trust ${host}`,
  });
}
