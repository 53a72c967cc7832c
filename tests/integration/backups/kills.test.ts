import { agentMoments, killSeed } from '../../rig/backups/kill-moments.ts';
import { appMoments } from './app-moments.ts';
import { killed } from './killed.ts';

/** Some of the hundred moments; all of them are in tests/long/backups. */
killed({ app: appMoments(killSeed, 3), agent: agentMoments(killSeed, 2) });
