import type { Clock } from './clock.ts';
import type { AppFolders } from './folders.ts';
import type { Log } from './log.ts';
import type { Services } from './services.ts';

export interface ServiceOptions {
  /** The lab folder; without one only what needs no lab works. */
  readonly lab: string | undefined;
  readonly folders: AppFolders;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** The operator's age identity; its usual place is the config folder. */
  readonly identityFile?: string;
}

export async function createServices(_options: ServiceOptions): Promise<Services> {
  throw new Error('the services are not wired yet');
}
