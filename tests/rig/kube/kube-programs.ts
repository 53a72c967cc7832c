import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { madeFolder, madeOnce } from '../made-once.ts';
import { buildApiServer, recipe } from './build-api-server.ts';

/** The programs of a control plane; each is an absolute path. */
export interface KubePrograms {
  readonly apiServer: string;
  readonly etcd: string;
}

const kind = 'kube-apiserver';
const digest = createHash('sha256').update(JSON.stringify(recipe)).digest('hex');

/**
 * Finds kube-apiserver and etcd: in the folder that KUBEBUILDER_ASSETS names, as envtest of controller-runtime does it; else
 * the build in the tests' cache and Debian's etcd. `undefined` when either is missing: no test waits for a build.
 */
export function kubePrograms(): KubePrograms | undefined {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const apiServer = firstOf([assets, madeFolder(kind, digest)], 'kube-apiserver');
  const etcd = firstOf([assets, ...(process.env['PATH'] ?? '').split(':')], 'etcd');
  return apiServer !== undefined && etcd !== undefined ? { apiServer, etcd } : undefined;
}

/** Builds kube-apiserver where nobody gave one: minutes the first time, nothing after that. */
export async function makeKubePrograms(): Promise<void> {
  if (firstOf([process.env['KUBEBUILDER_ASSETS']], 'kube-apiserver') !== undefined) return;
  await madeOnce(kind, digest, buildApiServer);
}

function firstOf(folders: readonly (string | undefined)[], program: string): string | undefined {
  return folders
    .flatMap((folder) => (folder === undefined || folder === '' ? [] : [join(folder, program)]))
    .find((path) => existsSync(path));
}
