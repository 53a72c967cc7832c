import type { Route } from '../../renderer/app/address.ts';
import type { Screen } from './screens.ts';
import { playedIteration } from './played-sync.ts';
import type { SyncJobName } from './sync-jobs.ts';

/** Which direction the wizard is about: one with every kind of line, one that would stop, one without marks. */
export type Synced = 'media' | 'stops' | 'unmarked' | 'calm';

type SyncPage = Extract<Route['page'], 'sync' | `sync-${string}`>;

const syncJob = (name: SyncJobName) => `sync/job/:${name}`;

export const syncScreens: Record<SyncPage, readonly Screen[]> = {
  sync: [
    { lab: 'bare', address: 'sync', shows: '.sync-example' },
    { lab: 'calm', address: 'sync', shows: '.data-table' },
    { lab: 'backups', address: 'sync', shows: '.problem' },
    { lab: 'backups', address: 'sync', viewer: true, shows: '.problem' },
  ],
  'sync-run': [
    { lab: 'bare', address: 'sync/run/choose', shows: '.empty' },
    { lab: 'backups', address: 'sync/run/choose', shows: '.direction-choice' },
    { lab: 'backups', address: 'sync/run/review', syncs: 'media', shows: '.two-trees' },
    { lab: 'backups', address: 'sync/run/review', syncs: 'stops', shows: '.problem' },
    { lab: 'backups', address: 'sync/run/review', syncs: 'unmarked', shows: '.mark-pair' },
    { lab: 'backups', address: 'sync/run/review', syncs: 'calm', shows: '.sync-counts' },
    { lab: 'backups', address: 'sync/run/review', syncs: 'media', viewer: true, shows: '.step-actions' },
  ],
  'sync-job': [
    { lab: 'backups', address: syncJob('syncing'), shows: '.job-progress' },
    { lab: 'backups', address: syncJob('synced'), shows: '.sync-figures' },
    { lab: 'backups', address: syncJob('syncIncomplete'), shows: '.sync-figures' },
    { lab: 'backups', address: syncJob('syncFailed'), shows: '.problem' },
    { lab: 'backups', address: 'sync/job/nothing', shows: '.problem' },
  ],
  'sync-iteration': [
    { lab: 'backups', address: `sync/iteration/${playedIteration}`, shows: '.sync-figures' },
    { lab: 'calm', address: `sync/iteration/${playedIteration}`, shows: '.problem' },
  ],
};

/** Which direction the wizard is about, as the page keeps it for a tab. */
export function syncChoices(syncs: Synced | undefined): string {
  const choice = { pair: syncs, direction: 'dell-to-hp' };
  return JSON.stringify({ state: syncs === undefined ? {} : { choice }, version: 0 });
}
