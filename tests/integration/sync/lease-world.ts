import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, type TestContext } from 'vitest';
import type { KubernetesAccount } from '../../../electron/services/sync/lock/kubernetes-account.ts';
import { takeKubernetesLease } from '../../../electron/services/sync/lock/kubernetes-lease.ts';
import type { SyncLock } from '../../../electron/services/sync/lock/sync-lock.ts';
import { kubePrograms } from '../../rig/kube/kube-programs.ts';
import {
  kubeHookTimeout,
  type KubeServer,
  type KubeUser,
  requireKube,
  startKube,
} from '../../rig/kube/start-kube.ts';

export const namespace = 'infrastructure';
export const everyVerb = ['get', 'create', 'update', 'delete'];
export const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

/** A real API server for the tests of a file, and for each of them a pair and a log folder of its own. */
export class LeaseWorld {
  /** Of leases in processes of their own: killed after the test. */
  readonly children: ChildProcess[] = [];
  readonly #held: SyncLock[] = [];
  #kube: KubeServer | undefined;
  #tests = 0;
  logDir = '';

  /** For the tests of the file that calls it. */
  static use(): LeaseWorld {
    const world = new LeaseWorld();
    beforeAll(() => world.#start(), kubeHookTimeout);
    afterAll(() => world.#kube?.stop());
    beforeEach((context) => world.#begin(context));
    afterEach(() => world.#end());
    return world;
  }

  get kube(): KubeServer {
    if (this.#kube === undefined) throw new Error('no server');
    return this.#kube;
  }

  get pair(): string {
    return `pair-${this.#tests}`;
  }

  /** What a request for its lock names. */
  get place(): { pair: string; logDir: string } {
    return { pair: this.pair, logDir: this.logDir };
  }

  readonly account = (
    user: KubeUser | 'stranger' = 'syncer',
    of: Partial<KubernetesAccount> = {},
  ): KubernetesAccount => {
    const { url: server, ca, tokens } = this.kube;
    const token = user === 'stranger' ? 'of-nobody' : tokens[user];
    return { name: user, namespace, connect: async () => ({ server, ca, token }), ...of };
  };

  readonly take = async (
    holder: string,
    { ttlSeconds = 60, by = this.account(), signal = new AbortController().signal } = {},
  ): Promise<SyncLock> => {
    const lock = await takeKubernetesLease(by)({ ...this.place, holder, ttlSeconds }, { signal });
    this.#held.push(lock);
    return lock;
  };

  readonly record = async () => (await this.kube.ask('GET', `${leases}/ha-sync-${this.pair}`)).body;

  /** As another one who may write leases; again where a heartbeat came between. */
  readonly change = async (
    spec: Record<string, unknown>,
    metadata: Record<string, unknown> = {},
  ): Promise<void> => {
    for (;;) {
      const now = await this.record();
      const body = { ...now, metadata: { ...now.metadata, ...metadata }, spec: { ...now.spec, ...spec } };
      const { status } = await this.kube.ask('PUT', `${leases}/ha-sync-${this.pair}`, body);
      if (status === 409) continue;
      expect(status).toBe(200);
      return;
    }
  };

  async #start(): Promise<void> {
    const programs = kubePrograms();
    if (programs === undefined) return;
    this.#kube = await startKube(programs);
    for (const user of ['syncer', 'other'] as const) await this.#kube.grant(user, namespace, everyVerb);
  }

  #begin(context: TestContext): void {
    requireKube(context);
    this.logDir = mkdtempSync(join(tmpdir(), 'sifaka-lease-'));
    this.#tests += 1;
  }

  async #end(): Promise<void> {
    for (const child of this.children.splice(0)) child.kill('SIGKILL');
    for (const lock of this.#held.splice(0)) await lock.release();
    rmSync(this.logDir, { recursive: true, force: true });
  }
}
