import { Problem } from '../../shared/problem.ts';
import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function secretHandlers(secrets: Implementation['secrets'], services: Services) {
  return {
    check: secrets.check.handler(async () => ({
      identity: await services.secrets.identityState(),
      secrets: await services.checkSecrets(),
    })),
    init: secrets.init.handler(async ({ input: { passphrase } }) => {
      const created = (await services.secrets.identityState()) === 'none';
      if (!created && passphrase !== undefined) throw identityExists();
      const identity = created
        ? await services.secrets.createIdentity(passphrase === undefined ? {} : { passphrase })
        : await services.secrets.addOwnRecipient();
      return { created, ...identity };
    }),
    unlock: secrets.unlock.handler(async ({ input }) => {
      await services.secrets.unlock(input.passphrase);
      return { identity: 'ready' as const };
    }),
    seal: secrets.seal.handler(async ({ input }) => {
      const value = new TextEncoder().encode(input.value);
      try {
        const { file } = await services.secrets.seal(input.name, value, { replace: input.replace });
        return { name: input.name, file };
      } finally {
        value.fill(0);
      }
    }),
  };
}

function identityExists(): Problem {
  return new Problem('IDENTITY_EXISTS', {
    what: 'There is an identity on this machine already, and its passphrase cannot be changed here.',
    state: 'The identity and the lab are as they were.',
    next: 'Leave the passphrase out to add the identity that is there to this lab.',
  });
}
