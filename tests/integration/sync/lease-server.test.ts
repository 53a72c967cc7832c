import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseLock } from '../../../electron/services/sync/lock/choose-lock.ts';
import { isStillHeld } from '../../../electron/services/sync/lock/lock-deadline.ts';
import type { TakeSyncLock } from '../../../electron/services/sync/lock/sync-lock.ts';
import { everyVerb, leases, LeaseWorld, namespace } from './lease-world.ts';

const world = LeaseWorld.use();
const { account, take, record, change } = world;

describe('an account', () => {
  it('of a pod is the one that Kubernetes puts into it', async () => {
    const folder = join(world.logDir, 'account');
    mkdirSync(folder);
    for (const [name, text] of Object.entries({
      'ca.crt': world.kube.ca,
      token: world.kube.tokens.syncer,
      namespace,
    }))
      writeFileSync(join(folder, name), `${text}\n`);
    const environment = {
      KUBERNETES_SERVICE_HOST: world.kube.host,
      KUBERNETES_SERVICE_PORT: String(world.kube.port),
    };
    await proveChoice(chooseLock({ environment, serviceAccountFolder: folder }));
  });

  it('of a kubeconfig is its current context', async () => {
    const file = join(world.logDir, 'config');
    const ca = Buffer.from(world.kube.ca).toString('base64');
    writeFileSync(
      file,
      JSON.stringify({
        'current-context': 'lab',
        contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'syncer' } }],
        clusters: [{ name: 'lab', cluster: { server: world.kube.url, 'certificate-authority-data': ca } }],
        users: [{ name: 'syncer', user: { token: world.kube.tokens.syncer } }],
      }),
    );
    await proveChoice(chooseLock({ environment: {}, kubeconfig: file }));
    await proveChoice(chooseLock({ environment: { KUBECONFIG: file }, namespace }));
  });
});

describe('an API server that is away', () => {
  it('holds up a confirmation until it is back', async () => {
    const lock = await take('pod-a/first', { ttlSeconds: 300 });
    world.kube.pause();
    const confirming = lock.confirm().then(() => 'confirmed');
    const waited = new Promise((done) => setTimeout(() => done('waited'), 1500));
    expect(await Promise.race([confirming, waited])).toBe('waited');
    expect(isStillHeld(lock.deadline)).toBe(true);
    world.kube.resume();
    await confirming;
  });

  it('ends the lock when it stays away until the deadline, before anyone else can have it', async () => {
    const lock = await take('pod-a/first', { ttlSeconds: 12 });
    world.kube.pause();
    try {
      await expect(lock.confirm()).rejects.toMatchObject({
        code: 'SYNC_LOCK_LOST',
        data: { what: expect.stringContaining('not renewed in time (no answer in time)') },
      });
    } finally {
      world.kube.resume();
    }
    expect(isStillHeld(lock.deadline)).toBe(false);
    await expect(lock.confirm()).rejects.toMatchObject({ code: 'SYNC_LOCK_LOST' });
  });

  it('lets a run be cancelled while it waits', async () => {
    const cancelling = new AbortController();
    const lock = await take('pod-a/first', { signal: cancelling.signal });
    world.kube.pause();
    try {
      const confirming = lock.confirm();
      setTimeout(() => cancelling.abort(), 200);
      await expect(confirming).rejects.toMatchObject({ code: 'CANCELLED' });
    } finally {
      world.kube.resume();
    }
  });

  it('is not taken for a lock that another has', async () => {
    const away = { connect: async () => ({ server: 'https://127.0.0.1:9', ca: world.kube.ca, token: 'x' }) };
    await expect(take('pod-a/first', { by: account('syncer', away) })).rejects.toMatchObject({
      code: 'SYNC_LOCK_UNAVAILABLE',
      data: { what: expect.stringContaining('ECONNREFUSED') },
    });
  });
});

describe('what the cluster does not allow', () => {
  it('is said with the verb that is missing, and never as a lock that another has', async () => {
    for (const missing of ['get', 'create', 'update']) {
      await world.kube.grant(
        'nobody',
        namespace,
        everyVerb.filter((verb) => verb !== missing),
      );
      if (missing === 'update') {
        await take('pod-a/first');
        await change({ holderIdentity: null });
      }
      await expect(take('pod-b/second', { by: account('nobody') })).rejects.toMatchObject({
        code: 'SYNC_LOCK_UNAVAILABLE',
        data: {
          what: expect.stringContaining(`Nobody may not ${missing} leases in namespace “${namespace}”`),
          next: expect.stringContaining(`Add the verb ${missing} to its role`),
        },
      });
    }
  });

  it('nor is a token that it does not know, a namespace that is not there, or another certificate', async () => {
    await expect(take('pod/a', { by: account('stranger') })).rejects.toMatchObject({
      code: 'SYNC_LOCK_UNAVAILABLE',
      data: { what: expect.stringContaining('does not know stranger') },
    });
    const anonymous = async () => ({ server: world.kube.url, ca: world.kube.ca });
    await expect(take('pod/a', { by: account('nobody', { connect: anonymous }) })).rejects.toMatchObject({
      code: 'SYNC_LOCK_UNAVAILABLE',
      data: { what: expect.stringContaining('may not get leases') },
    });
    await world.kube.grant('nobody', 'gone', everyVerb);
    await world.kube.grant('syncer', 'gone', []);
    const elsewhere = { name: 'master', namespace: 'nowhere' };
    const asMaster = { ...account(), ...elsewhere };
    await expect(take('pod/a', { by: asMaster })).rejects.toMatchObject({ code: 'SYNC_LOCK_UNAVAILABLE' });
    const untrusting = async () => ({ server: world.kube.url, token: world.kube.tokens.syncer });
    await expect(take('pod/a', { by: account('syncer', { connect: untrusting }) })).rejects.toMatchObject({
      code: 'SYNC_LOCK_UNAVAILABLE',
      data: { next: expect.stringContaining('certificate authority') },
    });
  });

  it('nor is a record that the server refuses', async () => {
    await expect(take('pod/a', { ttlSeconds: 0 })).rejects.toMatchObject({
      code: 'SYNC_LOCK_UNAVAILABLE',
      data: { what: expect.stringContaining('leaseDurationSeconds') },
    });
  });
});

async function proveChoice(choice: TakeSyncLock): Promise<void> {
  const request = { ...world.place, holder: 'pod-a/first', ttlSeconds: 60 };
  const lock = await choice(request, { signal: new AbortController().signal });
  expect((await record()).spec.holderIdentity).toBe('pod-a/first');
  await lock.release();
  // It gives up waiting for a busy server after eight seconds, and goes on behind.
  const status = async () => (await world.kube.ask('GET', `${leases}/ha-sync-${world.pair}`)).status;
  await expect.poll(status, { timeout: 30_000 }).toBe(404);
}
