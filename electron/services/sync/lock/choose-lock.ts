import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Problem } from '../../../../shared/problem.ts';
import type { TakeSyncLock } from './sync-lock.ts';

export interface LockChoice {
  /** The process's: KUBERNETES_SERVICE_HOST, KUBECONFIG, HA_SYNC_NAMESPACE, HA_SYNC_LOCK. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A kubeconfig file, where a cluster is to be asked from outside. */
  readonly kubeconfig?: string | undefined;
  /** Of the Lease; goes before HA_SYNC_NAMESPACE. */
  readonly namespace?: string | undefined;
  /** Where a pod has its service account; of tests. */
  readonly serviceAccountFolder?: string;
}

/**
 * The lock that all runs of a pair have to agree on: a Lease in a pod, or where a kubeconfig or a namespace is asked for; else
 * a lock of the operating system. HA_SYNC_LOCK=file or =lease decides against that. Where a Lease cannot be asked for, the
 * run fails: to fall back to the other kind would be no lock at all against those that could.
 *
 * What talks to a cluster is loaded only where it is needed.
 */
export function chooseLock(choice: LockChoice): TakeSyncLock {
  return async (request, options) => {
    if (!wantsLease(choice)) {
      const { takeFileLock } = await import('./file-lock.ts');
      return takeFileLock(request, options);
    }
    const [{ takeKubernetesLease }, account] = await Promise.all([
      import('./kubernetes-lease.ts'),
      accountOf(choice),
    ]);
    return takeKubernetesLease(account)(request, options);
  };
}

function wantsLease({ environment, kubeconfig, namespace }: LockChoice): boolean {
  const asked = environment['HA_SYNC_LOCK'] ?? '';
  if (asked === 'file') return false;
  if (asked === 'lease') return true;
  if (asked !== '')
    throw new Problem('INPUT_INVALID', {
      what: 'HA_SYNC_LOCK must be “file” or “lease”.',
      state: 'Nothing was changed.',
      next: 'Unset it, and a pod uses a Lease and everything else a lock in the log folder.',
    });
  return (
    kubeconfig !== undefined ||
    namespace !== undefined ||
    isSet(environment['HA_SYNC_NAMESPACE']) ||
    isSet(environment['KUBERNETES_SERVICE_HOST'])
  );
}

async function accountOf({ environment, kubeconfig, ...choice }: LockChoice) {
  const fromEnvironment = isSet(environment['HA_SYNC_NAMESPACE'])
    ? environment['HA_SYNC_NAMESPACE']
    : undefined;
  const namespace = choice.namespace ?? fromEnvironment;
  if (kubeconfig === undefined && isSet(environment['KUBERNETES_SERVICE_HOST'])) {
    const { readServiceAccount, serviceAccountFolder } = await import('./kubernetes-account.ts');
    return readServiceAccount(environment, {
      namespace,
      folder: choice.serviceAccountFolder ?? serviceAccountFolder,
    });
  }
  const { readKubeconfig } = await import('./kubeconfig.ts');
  return readKubeconfig(kubeconfig ?? usualKubeconfig(environment), { namespace });
}

/** As kubectl finds it; of several files in KUBECONFIG the first. */
function usualKubeconfig(environment: LockChoice['environment']): string {
  const [first = ''] = (environment['KUBECONFIG'] ?? '').split(delimiter);
  return first === '' ? join(homedir(), '.kube', 'config') : first;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
