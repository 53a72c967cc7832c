import { z } from 'zod';

/**
 * A Lease of coordination.k8s.io/v1, of which only what the lock is about is looked at; all else goes back as it came.
 * Its fields are described in kubernetes.io's “Lease v1 coordination.k8s.io”.
 */
export const leaseSchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string().min(1), resourceVersion: z.string().min(1) }),
  spec: z
    .looseObject({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.int().nullish(),
      acquireTime: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseTransitions: z.int().nullish(),
    })
    .nullish(),
});
export type Lease = z.infer<typeof leaseSchema>;

/** Who holds a lease, and for how long after each renewal. */
export interface Holding {
  readonly holder: string;
  readonly ttlSeconds: number;
}

export function leaseName(pair: string): string {
  return `ha-sync-${pair}`;
}

/** Kubernetes' MicroTime, which has exactly six digits: `toISOString` has three, which is answered with 400. */
export function microTime(date: Date): string {
  return date.toISOString().replace(/Z$/, '000Z');
}

export function newLease(name: string, { holder, ttlSeconds }: Holding, now: Date): Record<string, unknown> {
  const time = microTime(now);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'sifaka' } },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: ttlSeconds,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    },
  };
}

/** The same holder, later. */
export function renewedLease(lease: Lease, { ttlSeconds }: Holding, now: Date): Lease {
  return {
    ...lease,
    spec: { ...lease.spec, leaseDurationSeconds: ttlSeconds, renewTime: microTime(now) },
  };
}

/** Another holder: one transition more. The resourceVersion stays, so that it is refused if anybody was quicker. */
export function takenLease(lease: Lease, { holder, ttlSeconds }: Holding, now: Date): Lease {
  const time = microTime(now);
  return {
    ...lease,
    spec: {
      ...lease.spec,
      holderIdentity: holder,
      leaseDurationSeconds: ttlSeconds,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: (lease.spec?.leaseTransitions ?? 0) + 1,
    },
  };
}

/** Who has it; `undefined` when it was given back. */
export function holderOf(lease: Lease): string | undefined {
  const holder = lease.spec?.holderIdentity ?? '';
  return holder === '' ? undefined : holder;
}
