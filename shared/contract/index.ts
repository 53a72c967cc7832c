import type { ContractRouterClient } from '@orpc/contract';
import { backupsContract } from './backups.ts';
import { bridgeContract } from './bridge.ts';
import { cardsContract } from './cards.ts';
import { drivesContract } from './drives.ts';
import { imagesContract } from './images.ts';
import { issuesContract } from './issues.ts';
import { jobsContract } from './jobs.ts';
import { labContract } from './lab.ts';
import { nodesContract } from './nodes.ts';
import { secretsContract } from './secrets.ts';
import { sessionContract } from './session.ts';
import { syncContract } from './sync.ts';

/** Everything a window, a browser or a terminal can ask for. There is no other way in. */
export const contract = {
  session: sessionContract,
  lab: labContract,
  images: imagesContract,
  secrets: secretsContract,
  drives: drivesContract,
  cards: cardsContract,
  nodes: nodesContract,
  bridge: bridgeContract,
  backups: backupsContract,
  sync: syncContract,
  issues: issuesContract,
  jobs: jobsContract,
};

export type SifakaClient = ContractRouterClient<typeof contract>;
