import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import { findResources } from '../../../electron/hosts/resources-folder.ts';
import { appFolders, makeAppFolders } from '../../../electron/services/app-folders.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { createServices } from '../../../electron/services/create-services.ts';
import { createLogFile, logFileIn } from '../../../electron/services/log-file.ts';
import type { Services } from '../../../electron/services/services.ts';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { contractMethods, methodOf } from '../../unit/router/contract-methods.ts';
import { sampleInputs } from '../../unit/router/sample-inputs.ts';

const passphrase = `planted ${randomBytes(12).toString('hex')}`;
const folders = () => appFolders({ SIFAKA_HOME: join(home, 'app') });
let home = '';
let services: Services | undefined;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sifaka-secrets-stay-'));
});
afterAll(async () => {
  await services?.close();
  await rm(home, { recursive: true, force: true });
});

async function open(lab?: string): Promise<SifakaClient> {
  await makeAppFolders(folders());
  await services?.close();
  services = await createServices({
    lab,
    folders: folders(),
    clock: systemClock,
    log: createLogFile({ file: logFileIn(folders().state), clock: systemClock, about: 'Sifaka' }),
    version: '0.0.0-test',
    resources: findResources(import.meta.dirname),
  });
  return createInProcessClient(services, { role: 'operator' });
}

it('no method gives back what was sealed, the passphrase or the identity', async () => {
  const { path: lab } = await (await open()).lab.demo({ folder: join(home, 'lab') });
  // The demo lab's pairs have their log in a folder of the system, where methods that are asked would leave something.
  const pairs = join(lab, 'sync/pairs.yaml');
  const logFolder = `logFolder: ${JSON.stringify(join(home, 'log'))}`;
  await writeFile(
    pairs,
    (await readFile(pairs, 'utf8')).replace(/^logFolder: .*$/m, () => logFolder),
  );
  const client = await open(lab);
  const told: string[] = [];
  const tell = (method: string, answer: unknown) => void told.push(`${method} ${JSON.stringify(answer)}`);
  const planted = [passphrase];

  tell('secrets.init', await client.secrets.init({ passphrase }));
  for (const { name, state } of (await client.secrets.check()).secrets) {
    if (state !== 'missing') continue;
    const value = randomBytes(32).toString('hex');
    planted.push(value);
    tell('secrets.seal', await client.secrets.seal({ name, value }));
  }
  expect(planted.length).toBeGreaterThan(2);

  // A whole burn, so that there are journals, receipts and entries of the logbook to ask for.
  await client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
  const request = { node: 'titan-13', target: { kind: 'virtual-drive', name: 'sd-1' } } as const;
  const { digest } = await client.cards.plan(request);
  const { confirmation } = await client.cards.confirm({ planDigest: digest });
  const { jobId } = await client.cards.burn({ planDigest: digest, confirmation });
  for await (const event of await client.jobs.follow({ id: jobId })) {
    tell('jobs.follow', event);
    if (event.type === 'ended') expect(event.outcome).toBe('done');
  }

  const sealedFiles = (await readdir(join(lab, 'metis/secrets'))).map((name) => `metis/secrets/${name}`);
  const identities = (await readdir(folders().config)).map((name) => join(folders().config, name));
  expect(identities.length).toBeGreaterThan(0);
  const files = [
    ...sealedFiles,
    ...identities,
    ...identities.map((file) => `../app/config/${file.split('/').at(-1)}`),
  ];
  const inputs: Record<string, readonly unknown[]> = {
    'cards.plan': [request],
    'cards.verify': [request],
    'jobs.follow': [{ id: jobId }],
    'lab.get': [sampleInputs['lab.get'], ...files.map((file) => ({ file, pointer: '' }))],
    'lab.demo': [{ folder: join(home, 'another') }],
    'secrets.unlock': [{ passphrase: 'wrong' }, { passphrase }],
    'secrets.init': [{ passphrase }],
    // Onto what is there: refused.
    'secrets.seal': [{ name: 'k3s-token', value: 'something else' }],
  };
  for (const method of contractMethods()) {
    if (method.policy.destructive) continue;
    for (const input of inputs[method.name] ?? [sampleInputs[method.name]]) {
      tell(method.name, await firstAnswers(methodOf(client, method), input));
    }
  }
  tell('session.log', await client.session.log({ limit: 1000 }));

  expect(told.length).toBeGreaterThan(contractMethods().length);
  for (const words of told) {
    for (const secret of planted) expect(words).not.toContain(secret);
    expect(words).not.toMatch(/AGE-SECRET-KEY-1/i);
  }
});

/** What a method answers, or of a stream that need not end the first events, or the error it ends in. */
async function firstAnswers(call: ReturnType<typeof methodOf>, input: unknown): Promise<unknown> {
  const stop = new AbortController();
  try {
    const answer = await call(input, { signal: stop.signal });
    if (typeof answer !== 'object' || answer === null || !(Symbol.asyncIterator in answer)) return answer;
    const events: unknown[] = [];
    for await (const event of answer as AsyncIterable<unknown>) {
      events.push(event);
      if (events.length === 1) setTimeout(() => stop.abort(), 500);
    }
    return events;
  } catch (error) {
    return { error, words: String(error) };
  }
}
