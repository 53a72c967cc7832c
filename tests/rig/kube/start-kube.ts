import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { unproven } from '../required-tools.ts';
import { type KubePrograms, kubePrograms } from './kube-programs.ts';

export interface KubeAnswer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a test looks at, in whatever object it asked for
  readonly body: any;
}

/** A control plane of etcd and kube-apiserver, without controllers: objects are kept and checked, and nothing acts on them. */
export interface KubeServer {
  /** `https://127.x.y.z:6443` */
  readonly url: string;
  /** Host and port of it, as a pod has them in its environment. */
  readonly host: string;
  readonly port: number;
  /** PEM of who signed the server's certificate. */
  readonly ca: string;
  /** A token of a user who may do only what roles say. */
  readonly tokens: Readonly<Record<KubeUser, string>>;
  /** As system:masters. */
  ask(method: string, path: string, body?: unknown): Promise<KubeAnswer>;
  /** A role of a user in a namespace, which is made where it is missing: verbs on leases. Replaces what it had there. */
  grant(user: KubeUser, namespace: string, verbs: readonly string[]): Promise<void>;
  /** Neither answers nor closes connections, as a server behind a network that is gone. */
  pause(): void;
  resume(): void;
  /** Ends both and removes what they had. */
  stop(): Promise<void>;
}

const users = ['syncer', 'other', 'nobody'] as const;
export type KubeUser = (typeof users)[number];

/** For a hook that starts one, in milliseconds: longer than it can take to be ready, or to give up. */
export const kubeHookTimeout = 400_000;

/** The programs, or the test is listed as unproven. */
export function requireKube(context: TestContext): KubePrograms {
  return (
    kubePrograms() ?? unproven(context, 'needs kube-apiserver: node tests/rig/kube/make-kube-programs.ts')
  );
}

/**
 * Ready after some four seconds. Each has a loopback address of its own, so that many run beside each other with the ports
 * that are usual; both programs end with the thread that started them.
 */
export async function startKube({ apiServer, etcd }: KubePrograms): Promise<KubeServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sifaka-kube-'));
  // What is kept for a test needs no disk, and other tests' writes would hold it up for seconds.
  const memory = existsSync('/dev/shm') ? mkdtempSync(join('/dev/shm', 'sifaka-kube-')) : folder;
  const running: Running[] = [];
  const stop = async () => {
    await Promise.all(running.map(({ child }) => ended(child)));
    for (const each of [folder, memory]) rmSync(each, { recursive: true, force: true });
  };
  try {
    const host = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(2, 255)}`;
    const [client, peer] = [`http://${host}:2379`, `http://${host}:2380`];
    const database = start(etcd, [
      `--data-dir=${join(memory, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--logger=zap',
    ]);
    running.push(database);
    const master = newToken();
    const tokens = { syncer: newToken(), other: newToken(), nobody: newToken() };
    const server = start(apiServer, [
      `--etcd-servers=${client}`,
      `--bind-address=${host}`,
      `--advertise-address=${host}`,
      '--secure-port=6443',
      '--insecure-port=0',
      `--cert-dir=${join(folder, 'certificates')}`,
      '--authorization-mode=RBAC',
      `--token-auth-file=${writeTokens(folder, { master, ...tokens })}`,
      ...serviceAccountKeys(folder),
      // Nobody makes the accounts that it would ask for.
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--profiling=false',
    ]);
    running.push(server);
    const ca = await certificate(join(folder, 'certificates/apiserver.crt'), running);
    const url = `https://${host}:6443`;
    const ask: KubeServer['ask'] = (method, path, body) =>
      askServer({ url, ca, token: master, method, path, body });
    await ready(ask, running);
    return {
      url,
      host,
      port: 6443,
      ca,
      tokens,
      ask,
      stop,
      grant: (user, namespace, verbs) => grant(ask, { user, namespace, verbs }),
      pause: () => void server.child.kill('SIGSTOP'),
      resume: () => void server.child.kill('SIGCONT'),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function newToken(): string {
  return randomBytes(16).toString('hex');
}

interface Running {
  readonly child: ChildProcess;
  /** The last of what it said. */
  readonly said: string[];
}

function start(program: string, args: readonly string[]): Running {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.push(text);
    if (said.length > 50) said.shift();
  });
  child.on('error', (error) => said.push(error.message));
  return { child, said };
}

/** On a machine that is busy beyond measure it takes a minute. */
const patience = 180_000;

/** Fails when one of them has ended, or is not ready after all this time. */
function failOfEnded(running: readonly Running[], since: number): void {
  if (performance.now() - since > patience)
    throw new Error(`not ready in time: ${running.flatMap(({ said }) => said).join('')}`);
  for (const { child, said } of running)
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${child.spawnargs[3]} ended: ${said.join('')}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}

/** Lines of a static token file: token, user, number, groups. */
function writeTokens(folder: string, tokens: Record<string, string>): string {
  const file = join(folder, 'tokens.csv');
  const lines = Object.entries(tokens).map(
    ([user, token]) => `${token},${user},${user}${user === 'master' ? ',system:masters' : ''}\n`,
  );
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  return file;
}

function serviceAccountKeys(folder: string): string[] {
  const file = join(folder, 'service-accounts.key');
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  writeFileSync(file, privateKey, { mode: 0o600 });
  return [
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file}`,
    `--service-account-signing-key-file=${file}`,
  ];
}

/** Its own certificate and the one that signed it, which it makes when it starts. */
async function certificate(file: string, running: readonly Running[]): Promise<string> {
  const since = performance.now();
  for (;;) {
    failOfEnded(running, since);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text.trimEnd().endsWith('-----END CERTIFICATE-----')) return text;
    await setTimeout(50);
  }
}

async function ready(ask: KubeServer['ask'], running: readonly Running[]): Promise<void> {
  const since = performance.now();
  for (;;) {
    failOfEnded(running, since);
    const answer = await ask('GET', '/readyz').catch(() => undefined);
    if (answer?.status === 200) return;
    await setTimeout(100);
  }
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';

async function grant(
  ask: KubeServer['ask'],
  { user, namespace, verbs }: { user: KubeUser; namespace: string; verbs: readonly string[] },
): Promise<void> {
  const metadata = { name: user, namespace };
  await ask('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const roles = `${rbac}/namespaces/${namespace}/roles`;
  await ask('DELETE', `${roles}/${user}`);
  const rules = [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs }];
  // Only a role with rules can be made.
  if (verbs.length > 0) expectMade(await ask('POST', roles, { metadata, rules }));
  await ask('POST', `${rbac}/namespaces/${namespace}/rolebindings`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
  });
  // It learns of its own roles a moment later.
  for (const verb of ['get', 'create', 'update', 'delete'])
    while ((await isAllowed(ask, { user, namespace, verb })) !== verbs.includes(verb)) await setTimeout(20);
}

async function isAllowed(
  ask: KubeServer['ask'],
  { user, namespace, verb }: { user: KubeUser; namespace: string; verb: string },
): Promise<boolean> {
  const resourceAttributes = { namespace, verb, group: 'coordination.k8s.io', resource: 'leases' };
  const answer = await ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    spec: { user, resourceAttributes },
  });
  expectMade(answer);
  return answer.body.status.allowed === true;
}

function expectMade({ status, body }: KubeAnswer): void {
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
}

interface Asking {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

function askServer({ url, ca, token, method, path, body }: Asking): Promise<KubeAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const asking = request(`${url}${path}`, { method, ca, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = answer.headers['content-type']?.includes('json') === true;
        resolve({ status: answer.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
      });
    });
    asking.on('error', reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
