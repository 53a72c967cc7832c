import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProxmoxPlan } from './calls.ts';
import { nodePlaces, sharedFolder } from './places.ts';
import { succeed } from './run-here.ts';

/** Puts the stand-ins into every node's disk, with the folders of its Proxmox cluster over it; a node takes them along when it boots. */
export async function installProxmox(
  { tools, shares, shared }: ProxmoxPlan,
  nodes: readonly string[],
): Promise<void> {
  await mkdir(sharedFolder, { recursive: true });
  await succeed('cp', '-r', join(tools, 'tools'), sharedFolder);
  for (const node of nodes) {
    const share = join(sharedFolder, shares[node] ?? node);
    const places = [nodePlaces(node).root, node, share, join(sharedFolder, 'tools')];
    await succeed(join(tools, 'install-node.sh'), ...places, ...shared);
  }
}

/** The others of its Proxmox cluster see that a node is off. */
export async function leaveProxmox(node: string): Promise<void> {
  const shares = await readdir(sharedFolder).catch(() => []);
  for (const share of shares) await rm(join(sharedFolder, share, 'rig/online', node), { force: true });
}
