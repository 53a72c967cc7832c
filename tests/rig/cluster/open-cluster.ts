import { systemClock } from '../../../electron/services/clock.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import type { Limits } from '../../../electron/services/ssh/connections.ts';
import { createSsh, type Ssh } from '../../../electron/services/ssh/ssh.ts';
import type { Cluster } from './start-cluster.ts';

/** The services that a domain works on nodes with, on a cluster's own lab and with its operator's key. */
export interface OpenCluster {
  readonly lab: LabFolder;
  readonly ssh: Ssh;
}

/** Ends with `ssh.close()`. */
export async function openCluster(
  cluster: Pick<Cluster, 'lab' | 'account'>,
  limits?: Partial<Limits>,
): Promise<OpenCluster> {
  const lab = await openLabFolder({ root: cluster.lab, clock: systemClock });
  const ssh = createSsh({ lab, account: cluster.account, ...(limits ? { limits } : {}) });
  return { lab, ssh };
}
