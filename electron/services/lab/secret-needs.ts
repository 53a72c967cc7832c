import type { ClusterFile } from '../../../shared/schemas/cluster.ts';
import type { Inventory } from '../../../shared/schemas/inventory.ts';

/** Which nodes need which secret: secret name → node names, both in the order of the inventory. */
export function secretNeeds(inventory: Inventory): Map<string, string[]> {
  const needs = new Map<string, string[]>();
  const need = (secret: string | undefined, node: string) => {
    if (secret === undefined) return;
    const nodes = needs.get(secret) ?? [];
    if (!nodes.includes(node)) nodes.push(node);
    needs.set(secret, nodes);
  };
  for (const [name, node] of Object.entries(inventory.nodes)) {
    const nodeClass = Object.hasOwn(inventory.classes, node.class)
      ? inventory.classes[node.class]
      : undefined;
    for (const user of [...(nodeClass?.users ?? []), ...node.users]) need(user.passwordHashSecret, name);
    for (const key of node.sshHostKeys) need(key.privateKeySecret, name);
    need(node.k3s?.tokenSecret, name);
    need(node.k3s?.nodePasswordSecret, name);
  }
  return needs;
}

/** Which targets of backups need which secret: secret name → target names, both in the order of the cluster file. */
export function targetSecrets({ clusters }: ClusterFile): Map<string, string[]> {
  const needs = new Map<string, string[]>();
  for (const { backups } of Object.values(clusters)) {
    for (const [name, target] of Object.entries(backups?.targets ?? {})) {
      if (target.kind !== 's3') continue;
      for (const secret of new Set([target.accessKey, target.secretKey])) {
        needs.set(secret, [...(needs.get(secret) ?? []), name]);
      }
    }
  }
  return needs;
}
