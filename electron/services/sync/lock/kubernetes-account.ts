import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockUnavailable } from './lock-problems.ts';

/** How the API server of a cluster is reached, and as whom. */
export interface KubernetesConnection {
  /** `https://host:port`, perhaps with a path, without a slash at its end. */
  readonly server: string;
  /** PEM of who signs its certificate; without, the authorities that Node knows. */
  readonly ca?: string | undefined;
  /** The name in its certificate, where that is not the host's. */
  readonly serverName?: string | undefined;
  readonly token?: string | undefined;
  /** PEM of a client's certificate and its key. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

export interface KubernetesAccount {
  /** For people: `the service account of this pod`. */
  readonly name: string;
  readonly namespace: string;
  /** Read anew for each request: the token of a pod is another one every hour. SYNC_LOCK_UNAVAILABLE. */
  connect(): Promise<KubernetesConnection>;
}

/** Where a pod has it (kubernetes.io, “Accessing the Kubernetes API from a Pod”). */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The account that Kubernetes gives a pod. The namespace is the pod's own unless another one is asked for.
 * SYNC_LOCK_UNAVAILABLE when the pod has none.
 */
export async function readServiceAccount(
  environment: Readonly<Record<string, string | undefined>>,
  { folder = serviceAccountFolder, namespace }: { folder?: string; namespace?: string | undefined } = {},
): Promise<KubernetesAccount> {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port =
    environment['KUBERNETES_SERVICE_PORT_HTTPS'] ?? environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  const read = async (name: string) => {
    const file = join(folder, name);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw noServiceAccount(file, error);
    });
    return text.trim();
  };
  return {
    name: 'the service account of this pod',
    namespace: checkedNamespace(namespace ?? (await read('namespace'))),
    async connect() {
      const [ca, token] = await Promise.all([read('ca.crt'), read('token')]);
      return { server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, ca, token };
    },
  };
}

/** An RFC 1123 label, as a pair's name is one: nothing that could change the address it becomes a part of. */
export function checkedNamespace(namespace: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) return namespace;
  throw lockUnavailable({
    what: `“${namespace}” cannot be the name of a namespace.`,
    next: 'Give HA_SYNC_NAMESPACE lower-case letters, digits and hyphens.',
  });
}

function noServiceAccount(file: string, cause: unknown): Error {
  return lockUnavailable(
    {
      what: `This pod has no service account to lock the pair with: ${file} cannot be read.`,
      next: 'Give the pod a serviceAccountName and leave automountServiceAccountToken on. Where no cluster is to be asked, HA_SYNC_LOCK=file locks in the log folder instead, for every job of the pair alike.',
    },
    cause,
  );
}
