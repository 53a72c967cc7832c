import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function driveHandlers(drives: Implementation['drives'], services: Services) {
  return {
    list: drives.list.handler(() => services.targets.list()),
    createVirtual: drives.createVirtual.handler(({ input }) =>
      services.targets.createVirtual(input.name, input.size),
    ),
  };
}
