import { randomUUID } from 'node:crypto';
import { createRouterClient } from '@orpc/server';
import type { SifakaClient } from '../../shared/contract/index.ts';
import type { CallContext } from '../router/context.ts';
import { createRouter } from '../router/create-router.ts';
import type { Services } from '../services/services.ts';

/** The door for the command line: function calls, through the same guards as everywhere. One client is one session. */
export function createInProcessClient(
  services: Services,
  options: { readonly role: CallContext['role'] },
): SifakaClient {
  const context: CallContext = { role: options.role, sessionId: randomUUID(), host: 'in-process' };
  return createRouterClient(createRouter(services), { context });
}
