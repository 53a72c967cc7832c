import { setTimeout } from 'node:timers/promises';
import { cancelled, type Problem } from '../../../../shared/problem.ts';
import { HeldLease } from './held-lease.ts';
import type { KubernetesAccount } from './kubernetes-account.ts';
import { KubernetesFailure } from './kubernetes-request.ts';
import { createLeaseApi, type LeaseApi } from './lease-api.ts';
import { leaseUnavailable } from './lease-problems.ts';
import { holderOf, type Lease, leaseName, newLease, renewedLease, takenLease } from './lease-record.ts';
import { forgetLease, noteLease } from './lease-sighting.ts';
import { type Moment, thisMoment } from './lock-deadline.ts';
import { lockTaken } from './lock-problems.ts';
import type { SyncLockRequest, TakeSyncLock } from './sync-lock.ts';

/** A request is answered within it or not at all; of a short lease it is a heartbeat, but no less than a busy node needs. */
const timeouts = { shortest: 2000, longest: 10_000 };
const attempts = 4;
const pauseMilliseconds = 300;

/**
 * The lock inside a cluster: a Lease `ha-sync-<pair>`, held as client-go's leader election holds one. It is made, or taken
 * over when it was given back or has run out (lease-sighting.ts says how that is known); every change carries the
 * resourceVersion, so of two who try one is refused. It does not fence: whoever holds it looks at the deadline before each
 * step (HeldLease).
 */
export function takeKubernetesLease(account: KubernetesAccount): TakeSyncLock {
  return async (request, { signal }) => {
    const heartbeat = Math.round((request.ttlSeconds * 1000) / 3);
    const timeoutMilliseconds = Math.min(timeouts.longest, Math.max(timeouts.shortest, heartbeat));
    const api = createLeaseApi(account, { name: leaseName(request.pair), timeoutMilliseconds });
    const { lease, since } = await take(api, account, request, signal);
    const held = new HeldLease({ api, request, lease, since, signal });
    await forgetLease(request.logDir, request.pair);
    if (signal.aborted) {
      await held.release();
      throw cancelled('Nothing was changed.');
    }
    return held;
  };
}

interface Taken {
  readonly lease: Lease;
  /** Before the request was sent that took it. */
  readonly since: Moment;
}

/** Again while the server passes for ill or somebody else is quicker; each time begins with a look, so that none is made twice. */
async function take(
  api: LeaseApi,
  account: KubernetesAccount,
  request: SyncLockRequest,
  signal: AbortSignal,
): Promise<Taken> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const taken = await takeOnce(api, request, signal);
      if (taken !== undefined) return taken;
      if (attempt === attempts) throw busy(request.pair);
    } catch (error) {
      if (signal.aborted) throw cancelled('Nothing was changed.');
      if (!(error instanceof KubernetesFailure)) throw error;
      if (!error.isPassing || attempt === attempts) throw leaseUnavailable(account, error);
    }
    // An abort is met by the next look.
    await setTimeout(pauseMilliseconds * attempt, undefined, { signal }).catch(() => undefined);
  }
}

/** `undefined` when the lease was changed between the look and the change. SYNC_LOCK_TAKEN. */
async function takeOnce(
  api: LeaseApi,
  request: SyncLockRequest,
  signal: AbortSignal,
): Promise<Taken | undefined> {
  signal.throwIfAborted();
  const { lease: found, serverTime } = await api.get(signal);
  const since = thisMoment();
  const now = new Date(since.wall);
  // A change is not cut off half way: nobody would know whether it was made.
  if (found === undefined) {
    const made = await api.create(newLease(leaseName(request.pair), request, now));
    if (made.is === 'missing') throw await noNamespace(api);
    return made.is === 'done' ? { lease: made.lease, since } : undefined;
  }
  const holder = holderOf(found);
  if (holder === request.holder) {
    // Of an attempt whose answer did not come.
    const renewed = await api.update(renewedLease(found, request, now));
    return renewed.is === 'done' ? { lease: renewed.lease, since } : undefined;
  }
  if (holder !== undefined) await mustHaveRunOut(found, request, serverTime);
  const taken = await api.update(takenLease(found, request, now));
  return taken.is === 'done' ? { lease: taken.lease, since } : undefined;
}

async function mustHaveRunOut(
  lease: Lease,
  { pair, logDir, ttlSeconds }: SyncLockRequest,
  serverTime: number | undefined,
): Promise<void> {
  // How long it is held is its holder's word; only who says nothing is judged by our own.
  const duration = lease.spec?.leaseDurationSeconds ?? 0;
  const ttl = (duration > 0 ? duration : ttlSeconds) * 1000;
  const unchanged = await noteLease(logDir, pair, { lease, here: Date.now(), server: serverTime });
  if (unchanged >= ttl) return;
  const left = Math.ceil((ttl - unchanged) / 1000);
  throw lockTaken(
    pair,
    { name: holderOf(lease) ?? '', since: lease.spec?.acquireTime ?? undefined },
    `Wait until that run has ended. If its pod is gone, the first run after ${left} seconds without a renewal takes the lock over.`,
  );
}

function busy(pair: string): Problem {
  return lockTaken(pair, undefined, 'Try again in a minute.');
}

async function noNamespace(api: LeaseApi): Promise<KubernetesFailure> {
  const server = await api.server();
  return new KubernetesFailure('not found', { verb: 'create', server, status: 404, isPassing: false });
}
