import { inventoryMistake, textFile, type DesiredEntry, type RenderInput } from './desired-entry.ts';
import { secretLine } from './secret-text.ts';
import { yamlLines } from './yaml-text.ts';

/** Where k3s looks for its configuration, the token file named in it, and the password that guards a node's name. */
export const k3sPaths = {
  config: '/etc/rancher/k3s/config.yaml',
  token: '/etc/rancher/k3s/token',
  nodePassword: '/etc/rancher/node/password',
} as const;

/**
 * The node's part in the cluster (docs.k3s.io, "Configuration File"): the token stands in a file of its own, never in
 * the configuration. The node's name in the cluster is its name in the lab.
 */
export function renderK3s(input: RenderInput): DesiredEntry[] {
  const { k3s } = input.node;
  if (k3s === undefined) return [];
  if (k3s.role === 'agent' && k3s.server === undefined) {
    throw inventoryMistake(
      `${input.nodeName} is a k3s agent without a server to join.`,
      `Set /nodes/${input.nodeName}/k3s/server to the address of a server, as in https://192.168.22.11:6443.`,
    );
  }
  if (k3s.role === 'agent' && k3s.clusterInit) {
    throw inventoryMistake(
      `${input.nodeName} is a k3s agent, and clusterInit is for the first server.`,
      `Remove /nodes/${input.nodeName}/k3s/clusterInit.`,
    );
  }
  const labels = Object.entries(k3s.labels).map(([key, value]) => `${key}=${value}`);
  const config = {
    ...(k3s.server === undefined ? {} : { server: k3s.server }),
    ...(k3s.clusterInit ? { 'cluster-init': true } : {}),
    'token-file': k3sPaths.token,
    'node-name': input.nodeName,
    ...(k3s.nodeIp === undefined ? {} : { 'node-ip': k3s.nodeIp }),
    ...(k3s.flannelInterface === undefined ? {} : { 'flannel-iface': k3s.flannelInterface }),
    ...(labels.length > 0 ? { 'node-label': labels } : {}),
    ...(k3s.taints.length > 0 ? { 'node-taint': k3s.taints } : {}),
    ...(k3s.kubeletArguments.length > 0 ? { 'kubelet-arg': k3s.kubeletArguments } : {}),
  };
  const entries: DesiredEntry[] = [
    textFile(
      k3sPaths.config,
      yamlLines(config),
      `k3s ${k3s.role}: server, labels, taints and addresses of ${input.nodeName}.`,
      { mode: 0o600 },
    ),
    {
      kind: 'file',
      path: k3sPaths.token,
      mode: 0o600,
      uid: 0,
      gid: 0,
      content: secretLine(input, k3s.tokenSecret),
      secret: true,
      reason: 'The token the node joins its cluster with.',
    },
  ];
  if (k3s.nodePasswordSecret !== undefined) {
    entries.push({
      kind: 'file',
      path: k3sPaths.nodePassword,
      mode: 0o600,
      uid: 0,
      gid: 0,
      content: secretLine(input, k3s.nodePasswordSecret),
      secret: true,
      reason: 'The node password, so that the re-imaged node may keep its name.',
    });
  }
  return entries;
}
