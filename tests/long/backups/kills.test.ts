import { appMoments } from '../../integration/backups/app-moments.ts';
import { agentMoments, killSeed } from '../../rig/backups/kill-moments.ts';
import { killed } from '../../integration/backups/killed.ts';

/** A hundred moments; a few of them are in every run. */
killed({ app: appMoments(killSeed, 60), agent: agentMoments(killSeed, 40) });
