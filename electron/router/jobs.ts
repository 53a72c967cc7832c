import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function jobHandlers(jobs: Implementation['jobs'], services: Services) {
  return {
    list: jobs.list.handler(() => services.jobs.list()),
    follow: jobs.follow.handler(async function* ({ input, signal }) {
      yield* services.jobs.follow(input.id, signal === undefined ? {} : { signal });
    }),
    cancel: jobs.cancel.handler(async ({ input }) => {
      await services.jobs.cancel(input.id);
      return { asked: true as const };
    }),
  };
}
