import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function driveHandlers(drives: Implementation['drives'], services: Services) {
  return {
    real: drives.real.handler(() => services.drives.list()),
    watch: drives.watch.handler(async function* ({ signal }) {
      yield* services.drives.watch(signal ?? new AbortController().signal);
    }),
    list: drives.list.handler(() => services.targets.list()),
    createVirtual: drives.createVirtual.handler(({ input }) =>
      services.targets.createVirtual(input.name, input.size),
    ),
  };
}
