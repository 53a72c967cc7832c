import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { askNodes } from '../../../electron/services/backups/discover/ask-nodes.ts';
import { createBackupDiscovery } from '../../../electron/services/backups/discover/discovery.ts';
import type { BackupParts } from '../../../electron/services/backups/parts.ts';
import { createBackupTargets } from '../../../electron/services/backups/targets/backup-targets.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import { createSecretStore } from '../../../electron/services/secrets/create-secret-store.ts';
import { createSsh } from '../../../electron/services/ssh/ssh.ts';
import type { CheapNodes } from '../../rig/proxmox/cheap-nodes.ts';

const execute = promisify(execFile);
const still = new AbortController().signal;

/** Seconds of one run, and how many guests it saw. */
export interface Run {
  readonly seconds: number;
  readonly guests: number;
}

/** Whoever asks has no connection yet. */
async function withParts<Result>(
  nodes: CheapNodes,
  run: (parts: BackupParts) => Promise<Result>,
): Promise<Result> {
  const lab = await openLabFolder({ root: nodes.lab, clock: systemClock });
  const ssh = createSsh({ lab, account: nodes.account });
  const folders = { config: join(nodes.folder, 'config'), data: join(nodes.folder, 'data') };
  const secrets = createSecretStore({ lab, folders, workFactor: 1 });
  const used = { lab, ssh, secrets, clock: systemClock };
  try {
    return await run({ ...used, targets: createBackupTargets(used) } as unknown as BackupParts);
  } finally {
    ssh.close();
  }
}

/** `sifaka backups discover` from the door of the service: asks all nodes and writes the manifest. */
export function discovery(nodes: CheapNodes): Promise<Run> {
  return withParts(nodes, async (parts) => {
    const began = performance.now();
    const { manifest } = await createBackupDiscovery(parts).discover(still);
    return { seconds: since(began), guests: manifest.guests.length };
  });
}

/** One node's own answer: the same script on it alone, and its answer read. */
export function aloneOn(nodes: CheapNodes, name: string): Promise<Run> {
  return withParts(nodes, async (parts) => {
    const ways = await parts.ssh.ways();
    const members = ways.members.filter((member) => member.name === name);
    const began = performance.now();
    const [asked] = await askNodes(parts, { ...ways, members }, [], still);
    const seconds = since(began);
    if (asked === undefined || !('guests' in asked.found)) throw new Error(`${name} did not answer`);
    return { seconds, guests: asked.found.guests.filter(({ pveNode }) => pveNode === name).length };
  });
}

/** One node after the other, as the script that this began as would: one ssh with the lists. */
export async function sequentialLoop(nodes: CheapNodes): Promise<Run> {
  const config = join(nodes.folder, 'ssh-config');
  const known = join(nodes.folder, 'known-hosts');
  writeFileSync(known, nodes.nodes.map(({ knownHosts }) => knownHosts).join(''));
  writeFileSync(
    config,
    nodes.nodes
      .map(({ name, port }) =>
        [
          `Host ${name}`,
          'HostName 127.0.0.1',
          `Port ${port}`,
          'User root',
          `IdentityFile ${nodes.home}/.ssh/id_ed25519`,
          `UserKnownHostsFile ${known}`,
          'LogLevel ERROR',
          '',
        ].join('\n'),
      )
      .join('\n'),
  );
  const asked = 'qm list; pct list; pvesm list local --content backup; pvesm list nas --content backup';
  const began = performance.now();
  let guests = 0;
  for (const { name } of nodes.nodes) {
    const { stdout } = await execute('ssh', ['-F', config, name, asked], { maxBuffer: 64 * 1024 * 1024 });
    guests += stdout.split('\n').filter((line) => /^ *\d+ .*(running|stopped)/.test(line)).length;
  }
  return { seconds: since(began), guests };
}

function since(began: number): number {
  return (performance.now() - began) / 1000;
}
