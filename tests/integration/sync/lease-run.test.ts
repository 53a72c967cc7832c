import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, type TestContext } from 'vitest';
import type { KubernetesAccount } from '../../../electron/services/sync/lock/kubernetes-account.ts';
import { takeKubernetesLease } from '../../../electron/services/sync/lock/kubernetes-lease.ts';
import type { SyncLock } from '../../../electron/services/sync/lock/sync-lock.ts';
import type { SyncRunPorts } from '../../../electron/services/sync/runs/run-ports.ts';
import { kubePrograms } from '../../rig/kube/kube-programs.ts';
import { kubeHookTimeout, type KubeServer, requireKube, startKube } from '../../rig/kube/start-kube.ts';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../rig/sync-faults/fault-layer.ts';
import { Desk } from '../cli/run-cli.ts';
import { contents, put, putLarge, SyncDesk } from './sync-desk.ts';

const namespace = 'infrastructure';
const lease = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/ha-sync-media`;
const everyVerb = ['get', 'create', 'update', 'delete'];
/** What gives a lock back waits eight seconds for a busy server, and goes on behind. */
const givenBack = { timeout: 30_000 };
let kube: KubeServer;
const cli = new Desk();

beforeAll(async () => {
  const programs = kubePrograms();
  if (programs === undefined) return;
  kube = await startKube(programs);
  await kube.grant('syncer', namespace, everyVerb);
}, kubeHookTimeout);

afterAll(async () => {
  cli.remove();
  await kube?.stop();
});

beforeEach(async (context: TestContext) => {
  requireKube(context);
  // Of a test that failed.
  await kube.ask('DELETE', lease);
});

const leaseStatus = async () => (await kube.ask('GET', lease)).status;

/** The parts of a run in a pod; `act` happens when the lock is asked for the `at`-th time whether it still holds. */
function portsOf(desk: SyncDesk, at = 0, act: () => Promise<void> = async () => undefined): SyncRunPorts {
  const connection = { server: kube.url, ca: kube.ca, token: kube.tokens.syncer };
  const account: KubernetesAccount = { name: 'syncer', namespace, connect: async () => connection };
  return {
    ...desk.ports(),
    hostName: 'pod-a',
    async takeLock(request, options) {
      const { deadline, lost, ...lock } = bound(await takeKubernetesLease(account)(request, options));
      let asked = 0;
      const confirm = async () => {
        asked += 1;
        if (asked === at) await act();
        await lock.confirm();
      };
      return { ...lock, deadline, lost, confirm };
    },
  };
}

function bound(lock: SyncLock): SyncLock {
  const { deadline, lost } = lock;
  return { deadline, lost, confirm: () => lock.confirm(), release: () => lock.release() };
}

async function takenByAnother(): Promise<void> {
  const { body } = await kube.ask('GET', lease);
  expect(body.spec.holderIdentity).toMatch(/^pod-a\/[0-9a-f-]{36}$/);
  const spec = { ...body.spec, holderIdentity: 'pod-b/thief' };
  expect((await kube.ask('PUT', lease, { ...body, spec })).status).toBe(200);
}

async function deleted(): Promise<void> {
  expect((await kube.ask('DELETE', lease)).status).toBe(200);
}

it.each([
  ['is taken by another before its first change', 1, 200, takenByAnother, /pod-b\/thief has taken it/],
  // A batch has at most 4096 operations.
  ['is deleted after its first batch', 2, 4200, deleted, /was deleted/],
] as const)('a run whose Lease %s stops before its next one', async (_how, at, count, act, words) => {
  using desk = await new SyncDesk().init();
  for (let index = 0; index < count; index += 1) {
    put(desk.a, `file-${index}`, 'newer', 100);
    put(desk.b, `file-${index}`, 'older', 5000);
  }
  const request = desk.request({ allowEverythingChanged: true });
  await expect(desk.run(request, { ports: portsOf(desk, at, act) })).rejects.toMatchObject({
    code: 'SYNC_LOCK_LOST',
    data: { what: expect.stringMatching(words) },
  });
  const states = Object.values(contents(desk.b));
  const changed = states.filter((state) => state === 'newer').length;
  expect(states.filter((state) => state === 'older')).toHaveLength(count - changed);
  if (at === 1) expect(changed).toBe(0);
  else expect(changed).toBeGreaterThan(0);
  expect(changed).toBeLessThan(count);
  await kube.ask('DELETE', lease);

  // The next run makes up for it, and has both records written.
  const { report } = await desk.run(request, { ports: portsOf(desk) });
  expect(report.problem).toBeUndefined();
  expect(contents(desk.b)).toEqual(contents(desk.a));
  await expect.poll(leaseStatus, givenBack).toBe(404);
  const { iterations, operations } = await desk.rows();
  expect(iterations.map(({ status }) => status)).toEqual(['failed', 'success']);
  const first = operations.filter((row) => row.iteration_uid === iterations[0]?.iteration_uid);
  expect(first.filter(({ status }) => status === 'success')).toHaveLength(changed);
});

/** What the command is started with to sync a pair under a Lease, as `user`. */
function commandOf(desk: SyncDesk, user: 'syncer' | 'nobody') {
  const file = join(desk.folder, 'kubeconfig');
  const ca = Buffer.from(kube.ca).toString('base64');
  const config = {
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
    clusters: [{ name: 'lab', cluster: { server: kube.url, 'certificate-authority-data': ca } }],
    users: [{ name: user, user: { token: kube.tokens[user] } }],
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const { a, b, pair, logDir } = desk;
  const args = [`--src=${a}`, `--dest=${b}`, `--pair=${pair}`, `--log-dir=${logDir}`, '--json', '--verbose'];
  const env = { HA_SYNC_NAMESPACE: namespace, KUBECONFIG: file, HOSTNAME: 'pod-a' };
  return { args, options: { entry: 'ha-sync.ts', env } as const };
}

it('ha-sync answers 4 where another one has the Lease, and 1 where nobody could say so', async () => {
  using desk = await new SyncDesk().init();
  put(desk.a, 'file', 'text');
  await kube.ask('POST', lease.replace('/ha-sync-media', ''), {
    metadata: { name: 'ha-sync-media' },
    spec: { holderIdentity: 'pod-b/run', leaseDurationSeconds: 3600 },
  });
  const { args, options } = commandOf(desk, 'syncer');
  const taken = await cli.run(args, options);
  expect([taken.code, taken.last]).toMatchObject([
    4,
    { code: 'SYNC_LOCK_TAKEN', what: 'Pair “media” is being synced by pod-b/run.' },
  ]);
  await kube.grant('nobody', namespace, ['get', 'update', 'delete']);
  await kube.ask('DELETE', lease);
  const { args: same, options: refused } = commandOf(desk, 'nobody');
  const forbidden = await cli.run(same, refused);
  expect([forbidden.code, forbidden.last]).toMatchObject([
    1,
    { code: 'SYNC_LOCK_UNAVAILABLE', next: expect.stringContaining('Add the verb create to its role') },
  ]);
  expect(contents(desk.b)).toEqual({});
  expect(taken.stdout + forbidden.stdout).not.toContain(kube.tokens.syncer);
});

it('ha-sync gives its Lease back when SIGTERM comes', async (context) => {
  requireFaultLayer(context);
  using desk = await new SyncDesk().init();
  // Each is a batch.
  putLarge(desk.a, 6);
  using faults = new FaultLayer(await buildFaultLayer(), join(desk.folder, 'faults'), [desk.a, desk.b]);
  faults.arm({ action: 'pause', kinds: ['open'], part: 'large-02', at: 1, below: desk.a });
  const { args, options } = commandOf(desk, 'syncer');
  const running = cli.start(args, { ...options, env: { ...options.env, ...faults.environment() } });
  while (!faults.paused) await running.tick();
  const { body } = await kube.ask('GET', lease);
  expect(body.spec.holderIdentity).toMatch(/^pod-a\/[0-9a-f-]{36}$/);
  running.child.kill('SIGTERM');
  // The signal is with it before it goes on.
  await running.tick();
  faults.disarm();
  expect((await running.ended).code).toBe(130);
  await expect.poll(leaseStatus, givenBack).toBe(404);
});
