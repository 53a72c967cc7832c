import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function labHandlers(lab: Implementation['lab'], services: Services) {
  return {
    state: lab.state.handler(() => services.lab.state()),
    check: lab.check.handler(() => services.lab.check()),
    get: lab.get.handler(({ input }) => services.lab.get(input.file, input.pointer)),
    set: lab.set.handler(({ input: { digest, reason, ...change } }) =>
      services.lab.set({
        ...change,
        ...(digest === undefined ? {} : { digest }),
        ...(reason === undefined ? {} : { reason }),
      }),
    ),
    demo: lab.demo.handler(({ input }) => services.createDemoLab(input.folder)),
    logbook: lab.logbook.handler(({ input }) => services.lab.logbook(input.limit)),
  };
}
