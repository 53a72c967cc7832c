import { expect, it } from 'vitest';
import {
  holderOf,
  type Lease,
  leaseSchema,
  microTime,
  newLease,
  renewedLease,
  takenLease,
} from '../../../electron/services/sync/lock/lease-record.ts';

const holding = { holder: 'pod-b/run', ttlSeconds: 3600 };
const now = new Date('2026-11-20T14:02:25.123Z');

const found: Lease = leaseSchema.parse({
  kind: 'Lease',
  metadata: { name: 'ha-sync-media', uid: 'u', resourceVersion: '7', ownerReferences: [{ name: 'x' }] },
  spec: {
    holderIdentity: 'pod-a/run',
    leaseDurationSeconds: 60,
    acquireTime: '2026-11-20T12:00:00.000000Z',
    renewTime: '2026-11-20T12:30:00.000000Z',
    leaseTransitions: 3,
    strategy: 'OldestEmulationVersion',
  },
});

it('a MicroTime has six digits, which the server asks for', () => {
  expect(microTime(now)).toBe('2026-11-20T14:02:25.123000Z');
  expect(microTime(new Date(0))).toBe('1970-01-01T00:00:00.000000Z');
});

it('a new lease has no transitions', () => {
  expect(newLease('ha-sync-media', holding, now)).toMatchObject({
    metadata: { name: 'ha-sync-media' },
    spec: {
      holderIdentity: 'pod-b/run',
      leaseDurationSeconds: 3600,
      acquireTime: '2026-11-20T14:02:25.123000Z',
      renewTime: '2026-11-20T14:02:25.123000Z',
      leaseTransitions: 0,
    },
  });
});

it('a renewal changes the time of renewal, and nothing that it does not know', () => {
  expect(renewedLease(found, { ...holding, ttlSeconds: 60 }, now)).toEqual({
    ...found,
    spec: { ...found.spec, renewTime: '2026-11-20T14:02:25.123000Z' },
  });
});

it('another holder is one transition more, under the version that was read', () => {
  const taken = takenLease(found, holding, now);
  expect(taken.metadata).toEqual(found.metadata);
  expect(taken.spec).toEqual({
    holderIdentity: 'pod-b/run',
    leaseDurationSeconds: 3600,
    acquireTime: '2026-11-20T14:02:25.123000Z',
    renewTime: '2026-11-20T14:02:25.123000Z',
    leaseTransitions: 4,
    strategy: 'OldestEmulationVersion',
  });
  const bare = leaseSchema.parse({ metadata: { uid: 'u', resourceVersion: '1' }, spec: null });
  expect(takenLease(bare, holding, now).spec?.leaseTransitions).toBe(1);
});

it('a lease without a holder is nobody’s', () => {
  expect(holderOf(found)).toBe('pod-a/run');
  for (const spec of [null, undefined, {}, { holderIdentity: null }, { holderIdentity: '' }])
    expect(holderOf(leaseSchema.parse({ metadata: found.metadata, spec }))).toBeUndefined();
});
