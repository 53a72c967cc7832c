import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function secretHandlers(secrets: Implementation['secrets'], services: Services) {
  return {
    check: secrets.check.handler(async () => ({
      identity: await services.secrets.identityState(),
      secrets: await services.checkSecrets(),
    })),
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
