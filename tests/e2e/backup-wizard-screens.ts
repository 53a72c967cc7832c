import type { Route } from '../../renderer/app/address.ts';
import type { Screen } from './screens.ts';

/** What the wizard is to back up: nothing yet, one guest in another way than the policy's, or one of each kind. */
export type BackedUp = 'one' | 'three';

/** What the wizard is to restore, and where: beside the guest, over it, over another without a backup, or where nobody answers. */
export type Restored = 'beside' | 'over' | 'over-unsaved' | 'refused';

type BackupWizardPage = Extract<Route['page'], 'backup-run' | 'backup-restore' | 'backup-prune'>;

export const backupScreens: Record<BackupWizardPage, readonly Screen[]> = {
  'backup-run': [
    { lab: 'calm', address: 'backups/run/choose', shows: '.empty' },
    { lab: 'backups', address: 'backups/run/choose', shows: '.data-table tbody tr' },
    { lab: 'backups', address: 'backups/run/choose', backsUp: 'one', shows: '.other-way[open]' },
    { lab: 'backups', address: 'backups/run/review', backsUp: 'three', shows: '.planned[data-refused]' },
    { lab: 'backups', address: 'backups/run/review', backsUp: 'three', viewer: true, shows: '.step-actions' },
  ],
  'backup-restore': [
    { lab: 'calm', address: 'backups/restore/choose', shows: '.empty' },
    { lab: 'backups', address: 'backups/restore/choose', shows: '.data-table tbody tr' },
    {
      lab: 'backups',
      address: 'backups/restore/choose',
      shows: '.data-table tbody tr',
      async open(page) {
        await page.locator('input[name="archive"]').first().check();
        await page.locator('input[name="id"][value="other"]').check();
        await page.locator('.other-id').waitFor();
      },
    },
    { lab: 'backups', address: 'backups/restore/review', restores: 'beside', shows: '.erased' },
    { lab: 'backups', address: 'backups/restore/review', restores: 'over', shows: '.erased[data-erases]' },
    {
      lab: 'backups',
      address: 'backups/restore/review',
      restores: 'over-unsaved',
      shows: '.erased[data-erases] .state-danger',
    },
    {
      lab: 'backups',
      address: 'backups/restore/review',
      restores: 'refused',
      shows: '.planned[data-refused]',
    },
    {
      lab: 'backups',
      address: 'backups/restore/review',
      restores: 'over',
      viewer: true,
      shows: '.step-actions',
    },
  ],
  'backup-prune': [
    { lab: 'calm', address: 'backups/prune/review', shows: ':is(.problem, .long-row, .prune-gaps)' },
    { lab: 'backups', address: 'backups/prune/review', shows: '.long-row' },
    {
      lab: 'backups',
      address: 'backups/prune/review',
      shows: '.long-row',
      async open(page) {
        await page.getByRole('checkbox').check();
      },
    },
    { lab: 'backups', address: 'backups/prune/review', viewer: true, shows: '.step-actions' },
  ],
};

/** Which guests the wizard is about, as the page keeps them for a tab. */
export function backupChoices(backsUp: BackedUp | undefined): string {
  const choices = {
    one: { guests: ['baobab/100'], other: { mode: 'stop', bandwidthLimit: 51_200 } },
    three: { guests: ['baobab/100', 'baobab/107', 'ebony/102'], other: {} },
  };
  return JSON.stringify({ state: backsUp === undefined ? {} : choices[backsUp], version: 0 });
}

const archive = (place: string, guest: string) => ({
  id: `${place}#vzdump-qemu-100-2026_11_20-14_00_00.vma.zst`,
  guest,
  guestName: 'web',
  at: '2026-11-20T14:00:00Z',
  name: 'vzdump-qemu-100-2026_11_20-14_00_00.vma.zst',
  place,
  sizeBytes: 12.4e9,
  state: 'proven',
});

/** Which archive the wizard is about, and where it goes. */
export function restoreChoices(restores: Restored | undefined): string {
  const choices = {
    beside: { archive: archive('target:offsite', 'baobab/100'), idChoice: 'free' },
    over: { archive: archive('storage:nas', 'baobab/100'), idChoice: 'original', start: true },
    'over-unsaved': { archive: archive('storage:nas', 'ebony/100'), idChoice: 'original' },
    refused: { archive: archive('storage:nas', 'tapia/100'), idChoice: 'free' },
  };
  return JSON.stringify({ state: restores === undefined ? {} : choices[restores], version: 0 });
}
