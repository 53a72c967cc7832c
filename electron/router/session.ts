import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function sessionHandlers(session: Implementation['session'], services: Services) {
  return {
    info: session.info.handler(({ context }) => ({
      version: services.version,
      command: services.command,
      host: context.host,
      role: context.role,
      platform: process.platform,
      asksIn: context.asksIn ?? 'nowhere',
    })),
    doctor: session.doctor.handler(() => services.doctor()),
    log: session.log.handler(({ input }) => services.readLog(input.limit)),
    diagnostics: session.diagnostics.handler(async ({ context }) => ({
      text: await services.diagnostics(context.host),
    })),
  };
}
