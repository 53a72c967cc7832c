import type { Services } from '../services/services.ts';
import { backupHandlers } from './backups.ts';
import { bridgeHandlers } from './bridge.ts';
import { cardHandlers } from './cards.ts';
import { createConfirmations } from './confirmations.ts';
import { driveHandlers } from './drives.ts';
import { imageHandlers } from './images.ts';
import { implementContract } from './implementation.ts';
import { issueHandlers } from './issues.ts';
import { jobHandlers } from './jobs.ts';
import { labHandlers } from './lab.ts';
import { nodeHandlers } from './nodes.ts';
import { secretHandlers } from './secrets.ts';
import { sessionHandlers } from './session.ts';
import { syncHandlers } from './sync.ts';

/** The contract on the services: the only way in. One router has one set of confirmations. */
export function createRouter(services: Services) {
  const confirmations = createConfirmations(services.clock);
  const guarded = implementContract({ log: services.log, confirmations });
  return guarded.router({
    session: sessionHandlers(guarded.session, services),
    lab: labHandlers(guarded.lab, services),
    images: imageHandlers(guarded.images, services),
    secrets: secretHandlers(guarded.secrets, services),
    drives: driveHandlers(guarded.drives, services),
    cards: cardHandlers(guarded.cards, services, confirmations),
    nodes: nodeHandlers(guarded.nodes, services),
    bridge: bridgeHandlers(guarded.bridge, services, confirmations),
    backups: backupHandlers(guarded.backups, services, confirmations),
    sync: syncHandlers(guarded.sync, services, confirmations),
    issues: issueHandlers(guarded.issues, services),
    jobs: jobHandlers(guarded.jobs, services),
  });
}

export type SifakaRouter = ReturnType<typeof createRouter>;
