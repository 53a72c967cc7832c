import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../electron/services/clock.ts';
import { redactedLog } from '../../electron/services/log.ts';
import { createLogFile, logFileIn } from '../../electron/services/log-file.ts';
import { Problem } from '../../shared/problem.ts';
import { editInventory } from './large-image.ts';
import { type RunningApp, startApp } from './running-app.ts';

/**
 * The labs in which every screen can be seen.
 *
 * fresh   the first day: no identity, no secret, nothing ran
 * calm    in order, with a card that was burned and verified; a second virtual drive is empty
 * busy    one secret is missing; jobs ask for permission, write, failed and were stopped; the program logged something
 * locked  the secrets take a passphrase
 * broken  its inventory cannot be read
 * bare    it has no inventory, so no nodes
 */
export type LabName = 'fresh' | 'calm' | 'busy' | 'locked' | 'broken' | 'bare';

/** Jobs that a screen can be of, by what they are there to show. */
export type JobName = 'burned' | 'verified' | 'permission' | 'writing' | 'failed' | 'stopped';

export interface ScreenLabs extends AsyncDisposable {
  readonly apps: Readonly<Record<LabName, RunningApp>>;
  readonly jobs: Readonly<Record<JobName, string>>;
}

export async function startScreenLabs(page: string): Promise<ScreenLabs> {
  await using started = new AsyncDisposableStack();
  const apps = {
    fresh: started.use(await startApp({ page, untouched: true })),
    calm: started.use(await startApp({ page })),
    busy: started.use(await startApp({ page, withoutSecrets: ['k3s-token'] })),
    locked: started.use(await startApp({ page, passphrase: 'four ringed tails' })),
    broken: started.use(await startApp({ page, untouched: true, prepare: breakInventory })),
    bare: started.use(
      await startApp({ page, untouched: true, prepare: (lab) => rm(join(lab, 'metis/inventory.yaml')) }),
    ),
  };
  const proven = await burnAndVerify(apps.calm);
  for (const app of [apps.calm, apps.busy]) {
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
  }
  const running = await startJobs(apps.busy);
  fillLog(apps.busy);
  const kept = started.move();
  return { apps, jobs: { ...proven, ...running }, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const breakInventory = (lab: string) => editInventory(lab, () => 'nodes: [');

async function burnAndVerify({ client }: RunningApp): Promise<{ burned: string; verified: string }> {
  await client.drives.createVirtual({ name: 'sd-0', size: 1 << 28 });
  const card = { node: 'titan-13', target: { kind: 'virtual-drive', name: 'sd-0' } } as const;
  const finished = async (jobId: string) => {
    for await (const event of await client.jobs.follow({ id: jobId })) {
      if (event.type === 'ended') expect(event.outcome).toBe('done');
    }
    return jobId;
  };
  const { digest } = await client.cards.plan(card);
  const { confirmation } = await client.cards.confirm({ planDigest: digest });
  const burned = await finished((await client.cards.burn({ planDigest: digest, confirmation })).jobId);
  return { burned, verified: await finished((await client.cards.verify(card)).jobId) };
}

/** Jobs that stay as they are for as long as they are looked at. */
async function startJobs({ client, services }: RunningApp) {
  const steps = [
    { id: 'permission', label: 'Ask for permission', unit: 'steps', weight: 1, pull: 'Nothing is written.' },
    { id: 'write', label: 'Write', unit: 'bytes', weight: 9, pull: 'It does not boot.' },
  ] as const;
  const start = (name: string, reached: 'permission' | 'write' | 'problem') =>
    services.jobs.start({
      kind: 'card-burn',
      title: `Burn titan-15 onto ${name}`,
      subject: `/dev/sifaka-no-such-${name}`,
      ifCutOff: 'Nothing was written.',
      steps,
      async run({ signal, report }) {
        report.progress({ step: 'permission', done: 0, total: 1 });
        if (reached === 'permission') report.note('Run this in a terminal on this machine:\nsudo writer');
        else report.progress({ step: 'write', done: 3e8, total: 1e9 });
        if (reached === 'problem') {
          throw new Problem('TARGET_CHANGED', {
            what: 'The drive is another one than the one that was reviewed.',
            state: 'Nothing was written to it.',
            next: 'Review again.',
          });
        }
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      },
    });
  const jobs = {
    permission: await start('drive-a', 'permission'),
    writing: await start('drive-b', 'write'),
    failed: await start('drive-c', 'problem'),
    stopped: await start('drive-d', 'write'),
  };
  await client.jobs.cancel({ id: jobs.stopped });
  await expect
    .poll(async () => (await client.jobs.list()).map(({ state }) => state).toSorted())
    .toEqual(['cancelled', 'failed', 'running', 'running']);
  return jobs;
}

/** What the running app would have logged: it is given its log by its host, which this stands in for. */
function fillLog(app: RunningApp): void {
  const file = logFileIn(join(app.lab, '../home/state'));
  const log = redactedLog(createLogFile({ file, clock: systemClock, about: 'Sifaka 0.0.0-test' }));
  log.line('[0badcafe] cards.plan: Error: the drive is odd\n    at plan (app.js:1:2)');
}
