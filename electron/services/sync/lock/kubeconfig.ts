import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { checkedNamespace, type KubernetesAccount, type KubernetesConnection } from './kubernetes-account.ts';
import { lockUnavailable } from './lock-problems.ts';

const named = z.object({ name: z.string() });

const clusterSchema = z.object({
  server: z.url({ protocol: /^https$/, error: 'must be an https address' }),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.base64().optional(),
  'tls-server-name': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'proxy-url': z.string().optional(),
});

const userSchema = z.object({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.base64().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.base64().optional(),
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
  username: z.unknown().optional(),
});

/** What is read of `apiVersion: v1, kind: Config` (kubernetes.io, “kubeconfig (v1)”). */
const kubeconfigSchema = z.object({
  'current-context': z.string().min(1),
  contexts: z.array(
    named.extend({
      context: z.object({ cluster: z.string(), user: z.string(), namespace: z.string().optional() }),
    }),
  ),
  clusters: z.array(named.extend({ cluster: clusterSchema })),
  users: z.array(named.extend({ user: userSchema })),
});

/** The namespace of HA Sync's own manifests: a context that names none must not mean another lock than the cluster's jobs have. */
const defaultNamespace = 'infrastructure';

/**
 * The current context of a kubeconfig file. Tokens and client certificates are supported; a program or provider that logs in
 * (exec, auth-provider) is not, since it would be run with what the file says. SYNC_LOCK_UNAVAILABLE, without what is secret.
 */
export async function readKubeconfig(
  file: string,
  { namespace }: { namespace?: string | undefined } = {},
): Promise<KubernetesAccount> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unusable(file, 'it cannot be read', error);
  });
  const { parse } = await import('yaml');
  const { data: config, error } = kubeconfigSchema.safeParse(parsed(file, text, parse));
  if (config === undefined) throw unusable(file, firstMistake(error));
  const name = config['current-context'];
  const context = byName(config.contexts, name)?.context;
  const cluster = byName(config.clusters, context?.cluster)?.cluster;
  const user = byName(config.users, context?.user)?.user;
  if (!context || !cluster || !user) throw unusable(file, `its context “${name}” is not complete`);
  if (cluster['insecure-skip-tls-verify'] === true)
    throw unusable(file, 'it would send the credentials to a server that it does not verify');
  if (cluster['proxy-url'] !== undefined) throw unusable(file, 'it names a proxy, which is not supported');
  const login = (['exec', 'auth-provider', 'username'] as const).find((field) => user[field] !== undefined);
  if (login !== undefined) throw unusable(file, `it logs in by “${login}”, which is not supported`);
  return {
    name: `user “${context.user}” of ${file}`,
    namespace: checkedNamespace(namespace ?? context.namespace ?? defaultNamespace),
    connect: () => connectionOf(file, cluster, user),
  };
}

async function connectionOf(
  file: string,
  cluster: z.infer<typeof clusterSchema>,
  user: z.infer<typeof userSchema>,
): Promise<KubernetesConnection> {
  // Paths in the file are relative to it; what stands in it goes before what it points to.
  const from = async (data: string | undefined, path: string | undefined) => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString();
    if (path === undefined) return undefined;
    return readFile(resolve(dirname(file), path), 'utf8').catch((error: unknown) => {
      throw unusable(file, `${path}, which it names, cannot be read`, error);
    });
  };
  const token = user.token ?? (await from(undefined, user.tokenFile))?.trim();
  return {
    server: cluster.server.replace(/\/+$/, ''),
    ca: await from(cluster['certificate-authority-data'], cluster['certificate-authority']),
    serverName: cluster['tls-server-name'],
    token,
    certificate: await from(user['client-certificate-data'], user['client-certificate']),
    key: await from(user['client-key-data'], user['client-key']),
  };
}

function byName<Value extends { name: string }>(
  list: readonly Value[],
  name: string | undefined,
): Value | undefined {
  return list.find((each) => each.name === name);
}

function parsed(file: string, text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch {
    // YAML's own message shows the lines around the mistake, which may be a key.
    throw unusable(file, 'it is not YAML');
  }
}

function firstMistake(error: z.ZodError | undefined): string {
  const [issue] = error?.issues ?? [];
  return issue === undefined ? 'it is not valid' : `${issue.path.join('.')}: ${issue.message}`;
}

function unusable(file: string, why: string, cause?: unknown): Error {
  return lockUnavailable(
    {
      what: `The kubeconfig ${file} cannot be used: ${why}.`,
      next: 'Name one whose current context has an https server with its certificate authority, and a token or a client certificate.',
    },
    cause,
  );
}
