import type { Problem } from '../../../../shared/problem.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { KubernetesAccount } from './kubernetes-account.ts';
import type { KubernetesFailure } from './kubernetes-request.ts';
import { lockUnavailable } from './lock-problems.ts';

/** Why the lock could not be asked for: never that another one has it. */
export function leaseUnavailable(account: KubernetesAccount, failure: KubernetesFailure): Problem {
  return lockUnavailable(said(account, failure), failure);
}

function said(
  { name, namespace }: KubernetesAccount,
  { status, verb, server, message, isPassing }: KubernetesFailure,
): { what: string; next: string } {
  const reason = onOneLine(message, 300);
  if (status === 401)
    return {
      what: `The API server at ${server} does not know ${name}: ${reason}.`,
      next: 'Make sure that the account still exists and that its token or certificate has not run out.',
    };
  if (status === 403)
    return {
      what: `${capital(name)} may not ${verb} leases in namespace “${namespace}”: ${reason}.`,
      next: `Add the verb ${verb} to its role: HA Sync needs get, create, update and delete on leases of coordination.k8s.io in that namespace.`,
    };
  if (status === 404)
    return {
      what: `The API server at ${server} has no namespace “${namespace}”: ${reason}.`,
      next: 'Make the namespace, or name the right one in HA_SYNC_NAMESPACE.',
    };
  if (status !== undefined)
    return {
      what: `The API server at ${server} answered ${status} to “${verb} lease”: ${reason}.`,
      next: isPassing
        ? 'Try again when it is well: kubectl get --raw /readyz says what it waits for.'
        : 'Make sure that this address is that of a Kubernetes API server with coordination.k8s.io/v1.',
    };
  return {
    what: `The API server at ${server} cannot be asked for the lock: ${reason}.`,
    next: isPassing
      ? 'Make sure that it runs and can be reached from here. A pair is not synced while nobody can say who else does.'
      : 'Make sure that the certificate authority that this account names is that of the server.',
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
