import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { chooseLock } from '../../../electron/services/sync/lock/choose-lock.ts';
import { readKubeconfig } from '../../../electron/services/sync/lock/kubeconfig.ts';
import { readServiceAccount } from '../../../electron/services/sync/lock/kubernetes-account.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sifaka-kubeconfig-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

function write(cluster: object, user: object, context: object = {}): string {
  const file = join(folder, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'k3s',
    contexts: [{ name: 'k3s', context: { cluster: 'c', user: 'u', ...context } }],
    clusters: [
      { name: 'other', cluster: { server: 'https://elsewhere.lab' } },
      { name: 'c', cluster: { server: 'https://k3s.lab:6443/', ...cluster } },
    ],
    users: [{ name: 'u', user }],
    preferences: {},
  };
  writeFileSync(file, stringify(config));
  return file;
}

it('certificates stand in the file or beside it', async () => {
  writeFileSync(join(folder, 'ca.crt'), 'the authority');
  const account = await readKubeconfig(
    write(
      { 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes' },
      { 'client-certificate-data': base64('certificate'), 'client-key-data': base64('key') },
    ),
  );
  expect(account.namespace).toBe('infrastructure');
  expect(await account.connect()).toEqual({
    server: 'https://k3s.lab:6443',
    ca: 'the authority',
    serverName: 'kubernetes',
    token: undefined,
    certificate: 'certificate',
    key: 'key',
  });
});

it('a token is read anew, and the namespace is the one that was asked for, or the context’s', async () => {
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'first\n');
  const file = write({}, { tokenFile }, { namespace: 'media' });
  const account = await readKubeconfig(file);
  expect(account.namespace).toBe('media');
  expect((await account.connect()).token).toBe('first');
  writeFileSync(tokenFile, 'second\n');
  expect((await account.connect()).token).toBe('second');
  expect((await readKubeconfig(file, { namespace: 'infra' })).namespace).toBe('infra');
});

it.each([
  ['an address that is not https', { server: 'http://k3s.lab' }, {}, /https/],
  ['a server that is not verified', { 'insecure-skip-tls-verify': true }, {}, /does not verify/],
  ['a proxy', { 'proxy-url': 'http://proxy' }, {}, /proxy/],
  ['a program that logs in', {}, { exec: { command: 'aws' } }, /logs in by “exec”/],
  ['a password', {}, { username: 'me', password: 'secret-word' }, /logs in by “username”/],
  [
    'a namespace that could be a path',
    {},
    {},
    /cannot be the name of a namespace/,
    { namespace: '../kube-system' },
  ],
] as const)('%s is refused', async (_what, cluster, user, words, context: object = {}) => {
  const reading = readKubeconfig(write(cluster, user, context));
  await expect(reading).rejects.toMatchObject({
    code: 'SYNC_LOCK_UNAVAILABLE',
    data: { what: expect.stringMatching(words) },
  });
  await expect(reading).rejects.not.toMatchObject({ data: { what: expect.stringContaining('secret-word') } });
});

it('what is no kubeconfig is refused without showing what stands in it', async () => {
  const file = join(folder, 'config');
  for (const text of ['token: [secret-word', 'secret-word', 'contexts: []', '']) {
    writeFileSync(file, text);
    await expect(readKubeconfig(file)).rejects.toMatchObject({
      code: 'SYNC_LOCK_UNAVAILABLE',
      data: { what: expect.not.stringContaining('secret-word') },
    });
  }
  await expect(readKubeconfig(join(folder, 'missing'))).rejects.toMatchObject({
    data: { what: expect.stringContaining('cannot be read') },
  });
});

it('a pod says where the server is, and has its token and namespace in files', async () => {
  writeFileSync(join(folder, 'ca.crt'), 'the authority\n');
  writeFileSync(join(folder, 'token'), 'first\n');
  writeFileSync(join(folder, 'namespace'), 'infrastructure');
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const account = await readServiceAccount(environment, { folder });
  expect(account.namespace).toBe('infrastructure');
  expect(await account.connect()).toEqual({
    server: 'https://[fd00::1]:443',
    ca: 'the authority',
    token: 'first',
  });
  writeFileSync(join(folder, 'token'), 'second');
  expect((await account.connect()).token).toBe('second');
});

const request = () => ({ pair: 'media', holder: 'desk/run', ttlSeconds: 60, logDir: folder });
const { signal } = new AbortController();

it('a pod without a service account does not fall back to a lock that the others do not see', async () => {
  const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
  const take = chooseLock({ environment, serviceAccountFolder: folder });
  await expect(take(request(), { signal })).rejects.toMatchObject({
    code: 'SYNC_LOCK_UNAVAILABLE',
    data: { next: expect.stringContaining('HA_SYNC_LOCK=file') },
  });
  const asked = await chooseLock({ environment: { ...environment, HA_SYNC_LOCK: 'file' } })(request(), {
    signal,
  });
  await asked.confirm();
  await asked.release();
});

it('outside a cluster a file is locked, unless a kubeconfig or a namespace is asked for', async () => {
  const lock = await chooseLock({ environment: {} })(request(), { signal });
  await lock.confirm();
  await lock.release();
  const KUBECONFIG = join(folder, 'not-there');
  for (const choice of [
    { environment: {}, kubeconfig: KUBECONFIG },
    { environment: { KUBECONFIG }, namespace: 'infrastructure' },
    { environment: { KUBECONFIG, HA_SYNC_NAMESPACE: 'infrastructure' } },
    { environment: { KUBECONFIG, HA_SYNC_LOCK: 'lease' } },
    { environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, kubeconfig: KUBECONFIG },
  ])
    await expect(chooseLock(choice)(request(), { signal })).rejects.toMatchObject({
      code: 'SYNC_LOCK_UNAVAILABLE',
      data: { what: expect.stringContaining('not-there') },
    });
  await expect(
    chooseLock({ environment: { HA_SYNC_LOCK: 'none' } })(request(), { signal }),
  ).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  });
});
