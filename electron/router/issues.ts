import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function issueHandlers(issues: Implementation['issues'], services: Services) {
  return {
    list: issues.list.handler(() => services.issues.list()),
    read: issues.read.handler(({ input }) => services.issues.read(input.id)),
    open: issues.open.handler(({ input }) => services.issues.open(input)),
    close: issues.close.handler(({ input: { id, note } }) => services.issues.close(id, { note })),
  };
}
