import type { KubernetesAccount } from './kubernetes-account.ts';
import {
  askKubernetes,
  type KubernetesAnswer,
  KubernetesFailure,
  type KubernetesRequest,
  messageOf,
} from './kubernetes-request.ts';
import { type Lease, leaseSchema } from './lease-record.ts';

/** What the server says to a change: done, or that the lease is not what the change is of. */
export type Changed =
  | { readonly is: 'done'; readonly lease: Lease }
  | { readonly is: 'conflict' | 'missing' };

/** The four requests about one lease. Each throws KubernetesFailure for whatever else the server says or does. */
export interface LeaseApi {
  readonly server: () => Promise<string>;
  get(
    signal?: AbortSignal,
  ): Promise<{ readonly lease: Lease | undefined; readonly serverTime: number | undefined }>;
  /** `conflict` when there is one by now; `missing` when there is no such namespace. */
  create(lease: Record<string, unknown>): Promise<Changed>;
  /** Only while it is the very version that was read: `conflict` otherwise. */
  update(lease: Lease): Promise<Changed>;
  /** The same, and answers whether it is gone. */
  remove(lease: Lease): Promise<'gone' | 'conflict'>;
}

export function createLeaseApi(
  account: KubernetesAccount,
  { name, timeoutMilliseconds }: { name: string; timeoutMilliseconds: number },
): LeaseApi {
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${account.namespace}/leases`;
  const ask = (asked: Omit<KubernetesRequest, 'timeoutMilliseconds'>) =>
    askKubernetes(account, { ...asked, timeoutMilliseconds });
  const failed = async (
    verb: KubernetesRequest['verb'],
    { status, body }: KubernetesAnswer,
    said?: string,
  ) => {
    const { server } = await account.connect();
    return new KubernetesFailure(said ?? messageOf(body) ?? `HTTP ${status}`, {
      verb,
      server,
      status,
      isPassing: false,
    });
  };
  const leaseOf = async (verb: KubernetesRequest['verb'], answer: KubernetesAnswer): Promise<Lease> => {
    const { data } = leaseSchema.safeParse(answer.body);
    if (data === undefined) throw await failed(verb, answer, 'what it answered is not a Lease');
    return data;
  };
  const changed = async (verb: 'create' | 'update', answer: KubernetesAnswer): Promise<Changed> => {
    if (answer.status === 409) return { is: 'conflict' };
    if (answer.status === 404) return { is: 'missing' };
    if (answer.status !== 200 && answer.status !== 201) throw await failed(verb, answer);
    return { is: 'done', lease: await leaseOf(verb, answer) };
  };
  return {
    server: async () => (await account.connect()).server,
    async get(signal) {
      const answer = await ask({ verb: 'get', path: `${leases}/${name}`, signal });
      const serverTime = answer.date;
      if (answer.status === 404) return { lease: undefined, serverTime };
      if (answer.status !== 200) throw await failed('get', answer);
      return { lease: await leaseOf('get', answer), serverTime };
    },
    create: async (lease) => changed('create', await ask({ verb: 'create', path: leases, body: lease })),
    update: async (lease) =>
      changed('update', await ask({ verb: 'update', path: `${leases}/${name}`, body: lease })),
    async remove({ metadata: { uid, resourceVersion } }) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
      const answer = await ask({ verb: 'delete', path: `${leases}/${name}`, body });
      if (answer.status === 409) return 'conflict';
      if (answer.status === 200 || answer.status === 202 || answer.status === 404) return 'gone';
      throw await failed('delete', answer);
    },
  };
}
