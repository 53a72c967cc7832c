import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInProcessClient } from '../../electron/hosts/in-process.ts';
import { startWebHost, type WebHost } from '../../electron/hosts/web.ts';
import { systemClock } from '../../electron/services/clock.ts';
import { createServices } from '../../electron/services/create-services.ts';
import type { Services } from '../../electron/services/services.ts';
import type { SifakaClient } from '../../shared/contract/index.ts';

const demoLab = join(import.meta.dirname, '../../resources/demo-lab');

/** A lab of its own with its own app folders, open in the real services behind the real web host. */
export interface RunningApp extends AsyncDisposable {
  readonly lab: string;
  readonly services: Services;
  /** What the host logged: bugs, never anything an operator should have read. */
  readonly logged: readonly string[];
  readonly host: WebHost;
  /** A second door to the same services, to look at what the page did. */
  readonly client: SifakaClient;
  /** Stops the host and starts another one, on the same port. */
  restartHost(): Promise<WebHost>;
}

export interface AppOptions {
  readonly page: string;
  /** Where the program's own files are; the elevated writer is beside them. */
  readonly resources?: string;
  /** Changes the copied lab before it is opened. */
  readonly prepare?: (lab: string) => Promise<void>;
  /** Protects the operator's identity; it is locked when the page opens. */
  readonly passphrase?: string;
  /** Secrets that stay missing. */
  readonly withoutSecrets?: readonly string[];
  /** No identity and no secrets at all, as on the first day. */
  readonly untouched?: boolean;
}

export async function startApp(options: AppOptions): Promise<RunningApp> {
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-e2e-'));
  const lab = join(folder, 'demo-lab');
  await cp(demoLab, lab, { recursive: true });
  await options.prepare?.(lab);
  const folders = {
    cache: join(folder, 'home/cache'),
    state: join(folder, 'home/state'),
    data: join(folder, 'home/data'),
    config: join(folder, 'home/config'),
  };
  for (const one of Object.values(folders)) await mkdir(one, { recursive: true, mode: 0o700 });
  const logged: string[] = [];
  const open = () =>
    createServices({
      lab,
      folders,
      clock: systemClock,
      log: { line: (text) => void logged.push(text) },
      version: '0.0.0-test',
      resources: options.resources,
    });

  let services = await open();
  if (!options.untouched) {
    await sealSecrets(createInProcessClient(services, { role: 'operator' }), options);
    if (options.passphrase !== undefined) {
      await services.close();
      services = await open();
    }
  }
  let host = await startWebHost({ services, port: 0, staticFolder: options.page });
  return {
    lab,
    services,
    logged,
    get host() {
      return host;
    },
    client: createInProcessClient(services, { role: 'operator' }),
    async restartHost() {
      const { port } = host;
      await host.close();
      host = await startWebHost({ services, port, staticFolder: options.page });
      return host;
    },
    async [Symbol.asyncDispose]() {
      await host.close();
      await services.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An identity, and something for every secret the lab names. */
export async function sealSecrets(
  client: SifakaClient,
  options: Pick<AppOptions, 'passphrase' | 'withoutSecrets'>,
): Promise<void> {
  await client.secrets.init(options.passphrase === undefined ? {} : { passphrase: options.passphrase });
  const { secrets } = await client.secrets.check();
  for (const { name, state } of secrets) {
    if (state !== 'missing' || options.withoutSecrets?.includes(name)) continue;
    await client.secrets.seal({ name, value: randomBytes(32).toString('hex') });
  }
}
