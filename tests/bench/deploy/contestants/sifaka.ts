import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBridgeService } from '../../../../electron/services/bridge/bridge-service.ts';
import { createCheckHistory } from '../../../../electron/services/bridge/check/history.ts';
import { systemClock } from '../../../../electron/services/clock.ts';
import { createJobRegistry } from '../../../../electron/services/jobs/create-job-registry.ts';
import type { RemoteCommand } from '../../../../electron/services/ssh/run-command.ts';
import type { Ssh } from '../../../../electron/services/ssh/ssh.ts';
import { openCluster } from '../../../rig/cluster/open-cluster.ts';
import type { Cluster } from '../../../rig/cluster/start-cluster.ts';
import { nodesCpu } from '../nodes-cpu.ts';
import { designFolder, type DesignedFiles, type DesignName } from '../two-designs.ts';
import type { Contestant, Part } from './contestant.ts';

const resources = join(import.meta.dirname, '../../../../resources');

/** One command on one node. `word` is what the program on the node is asked to do; `undefined` for all other commands. */
interface Asked {
  readonly word: string | undefined;
  readonly began: number;
  readonly ended: number;
  /** Of all nodes, then. */
  readonly cpuBefore: number;
  readonly cpuAfter: number;
}

/** What of arming the others do, too: files come over SSH, are decoded, and are on the disk. */
const receive = `set -eu
folder=$(mktemp -d)
while read -r content; do
  count=$((\${count:-0} + 1))
  printf %s "$content" | base64 -d >"$folder/$count"
done
sync "$folder"/* "$folder"
rm -r "$folder"`;

/**
 * Sifaka's services as the app and the command use them, timed at the door to SSH. The files travel with the request that
 * arms a node; how long that takes without arming is measured apart, with the same bytes over the same connections, and
 * counts as push. The connections are there by then, since the plan was made over them.
 */
export const sifaka: Contestant = {
  name: 'Sifaka',
  method:
    'plans, arms, applies, proves and confirms as `sifaka bridge deploy` does; push and reload are carrying the files, which is a part of arming, and applying: staging, swapping, the same three commands',
  async run({ cluster, design, files, signal }) {
    const { lab, ssh } = await openCluster(cluster);
    const asked: Asked[] = [];
    const folder = mkdtempSync(join(cluster.folder, 'app-'));
    const jobs = createJobRegistry({
      folder,
      clock: systemClock,
      log: { line: (text) => console.error(text) },
    });
    const folders = { data: folder, state: folder, cache: folder, config: folder };
    const service = createBridgeService({
      lab,
      ssh: noting(ssh, asked, cluster),
      jobs,
      folders,
      clock: systemClock,
      resources,
      version: '0.0.0',
      issues: { open: unused, list: unused },
      history: createCheckHistory({ lab, folders }),
    });
    try {
      const cpuBefore = nodesCpu(cluster);
      const connect = await secondsOf(() => onAll(ssh, cluster, signal, () => ({ argv: ['true'] })));
      const contents = await contentsOf(cluster, design, files);
      const carry = await secondsOf(() =>
        onAll(ssh, cluster, signal, (node) => ({
          argv: ['/bin/sh', '-c', receive],
          input: contents.get(node) ?? '',
        })),
      );
      const cpuOfCarrying = nodesCpu(cluster) - cpuBefore;
      const began = performance.now();
      const request = { source: { kind: 'design', name: design }, mode: 'all', windowSeconds: 120 } as const;
      const { digest } = await service.plan(request, signal);
      const { jobId } = await service.deploy(digest);
      for await (const event of jobs.follow(jobId, {})) {
        if (event.type !== 'ended' || event.outcome === 'done') continue;
        throw new Error(`the deploy ${event.outcome}: ${event.problem?.what ?? ''}`);
      }
      const ended = performance.now();
      const apply = spanOf(asked, ['apply', 'status']);
      return {
        push: carry + (apply.ended - spanOf(asked, ['arm']).ended) / 1000,
        // Carrying the files alone was for this figure only.
        whole: connect + (ended - began) / 1000,
        nodesCpu: cpuOfCarrying + apply.cpu,
        parts: [
          { name: 'connect', seconds: connect },
          { name: 'carry', seconds: carry },
          ...partsOf(asked, began, ended),
        ],
      };
    } finally {
      await jobs.close();
      ssh.close();
    }
  },
};

/** The same services, with every command noted. */
function noting(ssh: Ssh, asked: Asked[], cluster: Cluster): Ssh {
  return {
    ...ssh,
    async run(destination, command, options) {
      const word = command.argv[3] === 'sifaka-deploy' ? command.argv[4] : undefined;
      const began = performance.now();
      const cpuBefore = nodesCpu(cluster);
      try {
        return await ssh.run(destination, command, options);
      } finally {
        asked.push({ word, began, ended: performance.now(), cpuBefore, cpuAfter: nodesCpu(cluster) });
      }
    },
  };
}

async function onAll(
  ssh: Ssh,
  { nodes }: Cluster,
  signal: AbortSignal,
  command: (node: string) => RemoteCommand,
): Promise<void> {
  const { destinations } = await ssh.ways();
  const ends = await Promise.all(
    nodes.map(({ name }) => ssh.run(destinations.toNode(name), command(name), { signal })),
  );
  const failed = ends.find(({ code }) => code !== 0);
  if (failed) throw new Error(failed.stderr.toString());
}

/** A line for each file of a node. */
async function contentsOf(
  cluster: Cluster,
  design: DesignName,
  files: DesignedFiles,
): Promise<ReadonlyMap<string, string>> {
  const lines = [...files].map(async ([node, own]) => {
    const encoded = own.map(({ source }) => readFile(join(designFolder(cluster, design), source), 'base64'));
    return [node, `${(await Promise.all(encoded)).join('\n')}\n`] as const;
  });
  return new Map(await Promise.all(lines));
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function partsOf(asked: readonly Asked[], began: number, ended: number): Part[] {
  const arm = spanOf(asked, ['arm']);
  const apply = spanOf(asked, ['apply', 'status']);
  const confirm = spanOf(asked, ['confirm']);
  const points = [
    ['plan, twice', began, arm.began],
    ['arm', arm.began, arm.ended],
    ['apply', arm.ended, apply.ended],
    ['settle and check', apply.ended, confirm.began],
    ['confirm', confirm.began, ended],
  ] as const;
  return points.map(([name, from, to]) => ({ name, seconds: (to - from) / 1000 }));
}

/** From the first of these requests to the last answer to one. */
function spanOf(asked: readonly Asked[], words: readonly string[]) {
  const these = asked.filter(({ word }) => word !== undefined && words.includes(word));
  const began = Math.min(...these.map((one) => one.began));
  const ended = Math.max(...these.map((one) => one.ended));
  const cpu = Math.max(...these.map((one) => one.cpuAfter)) - Math.min(...these.map((one) => one.cpuBefore));
  return { began, ended, cpu };
}

function unused(): Promise<never> {
  return Promise.reject(new Error('no part of a deploy'));
}
