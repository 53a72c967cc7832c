import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BridgeRequest, DeployRecord } from '../../../shared/schemas/bridge.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';
import type { Progress } from '../../../shared/progress.ts';
import { createBridgeService } from '../../../electron/services/bridge/bridge-service.ts';
import { createCheckHistory } from '../../../electron/services/bridge/check/history.ts';
import { readDeployRecord } from '../../../electron/services/bridge/deploy/deploy-records.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import { openCluster } from '../../rig/cluster/open-cluster.ts';
import type { Cluster } from '../../rig/cluster/start-cluster.ts';

export const resources = fileURLToPath(new URL('../../../resources', import.meta.url));
const still = new AbortController().signal;

/** Writes `deploy/<name>` for these nodes: a bridge over both ports, full frames, STP. */
export function writeDesign(
  lab: string,
  name: string,
  nodes: readonly string[],
  change: (stanza: string) => string = (stanza) => stanza,
): void {
  for (const node of nodes) {
    const at = ['baobab', 'ebony', 'tapia'].indexOf(node) + 1;
    write(lab, `deploy/${name}/${node}/etc/network/interfaces.d/10-thunderbolt`, change(stanzaOf(at)));
  }
  write(lab, `deploy/${name}/common/etc/sysctl.d/60-thunderbolt.conf`, `# ${name}\n`);
  write(lab, `deploy/${name}/common/usr/local/sbin/thunderbridge-note`, `#!/bin/sh\necho ${name}\n`);
}

function stanzaOf(at: number): string {
  const ports = ['thunderbolt0', 'thunderbolt1'];
  return [
    ...ports.flatMap((port) => [`auto ${port}`, `iface ${port} inet manual`, '\tmtu 65520', '']),
    'auto thunderbridge',
    'iface thunderbridge inet static',
    `\taddress 10.99.0.${at}/24`,
    `\tbridge-ports ${ports.join(' ')}`,
    '\tbridge-stp on',
    '\tbridge-fd 2',
    '\tmtu 65520',
    '',
  ].join('\n');
}

function write(lab: string, path: string, content: string): void {
  const file = join(lab, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** The bridge's service of one machine, on a cluster's lab or a copy of it. */
export async function openBridge(cluster: Pick<Cluster, 'lab' | 'account' | 'folder'>) {
  // From the first packet to the login, also while three nodes and a deploy keep the machine busy.
  const { lab, ssh } = await openCluster(cluster, { connectMilliseconds: 15_000 });
  const folder = mkdtempSync(join(cluster.folder, 'app-'));
  const jobs = createJobRegistry({
    folder,
    clock: systemClock,
    log: { line: (text) => console.error(text) },
  });
  const folders = { data: folder, state: folder, cache: folder, config: folder };
  const history = createCheckHistory({ lab, folders });
  const issues = { open: unused, list: unused };
  const clock = systemClock;
  const service = createBridgeService({
    lab,
    ssh,
    jobs,
    folders,
    clock,
    resources,
    version: '0.0.0',
    issues,
    history,
  });

  /** Starts a deploy; `at` is called with every progress, and waited for by nobody. */
  async function start(request: Partial<BridgeRequest> & Pick<BridgeRequest, 'source'>) {
    const { plan, digest } = await service.plan({ mode: 'all', windowSeconds: 60, ...request }, still);
    const { jobId } = await service.deploy(digest);
    return { jobId, plan };
  }

  async function ended(
    jobId: string,
    seen: (progress: Progress, event: JobEvent) => void = () => undefined,
  ): Promise<Extract<JobEvent, { type: 'ended' }>> {
    for await (const event of jobs.follow(jobId, {})) {
      if (event.type === 'progress') seen(event.progress, event);
      if (event.type === 'ended') return event;
    }
    throw new Error('a journal without an end');
  }

  return {
    lab,
    ssh,
    jobs,
    service,
    start,
    ended,
    async deploy(request: Partial<BridgeRequest> & Pick<BridgeRequest, 'source'>) {
      const { jobId } = await start(request);
      return { jobId, end: await ended(jobId) };
    },
    record: (id: string): Promise<DeployRecord> => readDeployRecord(lab, id),
    async close() {
      await jobs.close();
      ssh.close();
    },
  };
}

function unused(): Promise<never> {
  return Promise.reject(new Error('not for these tests'));
}
