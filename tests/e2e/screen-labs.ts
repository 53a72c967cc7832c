import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../electron/services/clock.ts';
import { redactedLog } from '../../electron/services/log.ts';
import { createLogFile, logFileIn } from '../../electron/services/log-file.ts';
import { Problem } from '../../shared/problem.ts';
import { backupsLab, unruledLab } from './backup-labs.ts';
import { playBackupPlans } from './backup-plans.ts';
import { type BackupJobName, startBackupJobs } from './backup-screens.ts';
import { bridgelessLab, ringLab } from './bridge-labs.ts';
import { type BridgeJobName, playNodes, startBridgeJobs } from './bridge-screens.ts';
import { playSync } from './played-sync.ts';
import { startSyncJobs, type SyncJobName } from './sync-jobs.ts';
import { editInventory } from './large-image.ts';
import { type RunningApp, startApp } from './running-app.ts';

/**
 * The labs in which every screen can be seen.
 *
 * fresh   the first day: no identity, no secret, nothing ran
 * calm    in order, with a card that was burned and verified; a second virtual drive is empty
 * busy    one secret is missing; jobs ask for permission, write, failed and were stopped; the program logged something;
 *         one issue waits for a check, one for a note, one is closed, and one is written by hand
 * locked  the secrets take a passphrase
 * broken  its inventory cannot be read
 * bare    it has no inventory, so no nodes, and no pairs
 * ring    its bridge was deployed, checked, split; its nodes are played: one is in order, one is not, one is silent
 * silent  the same lab with nodes that do not answer
 * unbridged  its cluster file has no bridge
 * backups  guests in every state, with a silent node; jobs of the backups of each kind; pairs and runs of the sync in every state
 * unruled  two guests, no policy, and no backup
 */
export type LabName =
  | 'fresh'
  | 'calm'
  | 'busy'
  | 'locked'
  | 'broken'
  | 'bare'
  | 'ring'
  | 'silent'
  | 'unbridged'
  | 'backups'
  | 'unruled';

/** Jobs that a screen can be of, by what they are there to show. */
export type JobName =
  | 'burned'
  | 'verified'
  | 'permission'
  | 'writing'
  | 'failed'
  | 'stopped'
  | BridgeJobName
  | BackupJobName
  | SyncJobName;

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
    bare: started.use(await startApp({ page, untouched: true, prepare: bareLab })),
    ring: started.use(await startApp({ page, untouched: true, prepare: ringLab })),
    silent: started.use(await startApp({ page, untouched: true, prepare: ringLab })),
    unbridged: started.use(await startApp({ page, untouched: true, prepare: bridgelessLab })),
    backups: started.use(await startApp({ page, untouched: true, prepare: backupsLab })),
    unruled: started.use(await startApp({ page, untouched: true, prepare: unruledLab })),
  };
  playNodes(apps.ring);
  playBackupPlans(apps.backups);
  playSync(apps.backups);
  const ofBridge = await startBridgeJobs(apps.ring);
  const ofBackups = await startBackupJobs(apps.backups);
  const ofSync = await startSyncJobs(apps.backups);
  const proven = await burnAndVerify(apps.calm);
  for (const app of [apps.calm, apps.busy]) {
    await app.client.drives.createVirtual({ name: 'sd-1', size: 1 << 28 });
  }
  const running = await startJobs(apps.busy);
  fillLog(apps.busy);
  await openIssues(apps.busy);
  const kept = started.move();
  return {
    apps,
    jobs: { ...proven, ...running, ...ofBridge, ...ofBackups, ...ofSync },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function bareLab(lab: string): Promise<void> {
  await rm(join(lab, 'metis/inventory.yaml'));
  await rm(join(lab, 'sync/pairs.yaml'));
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

async function openIssues({ client, lab }: RunningApp): Promise<void> {
  await client.issues.open({
    title: 'Full frames are lost between baobab and ebony',
    nodes: ['baobab', 'ebony'],
    check: 'bridge',
    sections: {
      summary: 'Pings of 65492 bytes get no answer from ebony; small ones do.',
      environment: 'Debian 12, kernel 6.8.12-4-pve.\n\nThunderbolt 4, one cable between each two nodes.',
      evidence: [
        {
          title: 'ebony: ip -d link show thunderbolt0',
          text: '4: thunderbolt0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast master thunderbridge state UP\n\tlink/ether 02:9d:5a:00:00:02',
        },
        { title: 'ebony: journal', text: '<b>not bold</b> \u001b[2J ```\n# not a heading' },
      ],
      solution: 'ip link set thunderbolt0 mtu 65520',
    },
  });
  await client.issues.open({ title: 'A cable is loose', nodes: [] });
  const { id } = await client.issues.open({ title: 'tapia was switched off', nodes: ['tapia'] });
  await client.issues.close({ id, note: 'Switched on again.' });
  await writeFile(
    join(lab, 'issues/ISSUE-2020-001.md'),
    '# The fan of ebony\n\n**Status:** open\n\n- loud\n- [a link](https://lab.example)\n\n<img src=x onerror=alert(1)>\n',
  );
}
