import { hostname, userInfo } from 'node:os';

/** For another operator who finds a node armed. */
export function operatorName(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // An account without a name, as in a container.
    return hostname();
  }
}
