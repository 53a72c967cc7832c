import type { Page } from 'playwright';
import type { Route, WizardStep } from '../../renderer/app/address.ts';
import type { Drive } from '../../shared/schemas/drive.ts';
import { type BackedUp, backupScreens, type Restored } from './backup-wizard-screens.ts';
import type { JobName, LabName } from './screen-labs.ts';
import { type Synced, syncScreens } from './sync-screens.ts';

/** One screen and how it is reached. Nothing here is a word of the page: it is looked at in every language. */
export interface Screen {
  readonly lab: LabName;
  /** It is an operator's otherwise. */
  readonly viewer?: true;
  /** The address behind `#/`; `:burned` and the like stand for the id of that job. */
  readonly address: string;
  /** A selector of what is there when the page has what it waited for. */
  readonly shows: string;
  /** What the wizard is to write on; the virtual drive otherwise. */
  readonly chosen?: Chosen;
  /** What the bridge's wizard is to deploy. */
  readonly deploys?: 'attempt2' | 'earlier';
  /** What the wizard is to back up. */
  readonly backsUp?: BackedUp;
  /** What the wizard is to restore. */
  readonly restores?: Restored;
  /** What the wizard is to sync. */
  readonly syncs?: Synced;
  /** What is opened on it. */
  readonly open?: (page: Page) => Promise<void>;
}

/** What was chosen as the wizard's target; the last two need a drive in this machine. */
export type Chosen = 'virtual-drive' | 'new-file' | 'removed-drive' | 'real-drive' | 'replaced-drive';

export const needsDrive = ({ chosen }: Screen): boolean =>
  chosen === 'real-drive' || chosen === 'replaced-drive';

/** A job's place in an address. */
export const jobPlaces =
  /:(burned|verified|permission|writing|failed|stopped|deploying|deployed|takenBack|split|checking|checked|checkFailed|backingUp|backedUp|backupFailed|pruned|reread|restored|restoreTested|agentDeployed|syncing|synced|syncIncomplete|syncFailed)$/;

/** One of those that this year began with. */
const issue = (number: number) => `issues/ISSUE-${new Date().getUTCFullYear()}-00${number}`;

const job = (name: JobName) => `cards/job/:${name}`;
const backupJob = (name: JobName) => `backups/job/:${name}`;
const bridgeJob = (name: JobName) => `bridge/job/:${name}`;

const wizard: Record<WizardStep, readonly Screen[]> = {
  node: [{ lab: 'calm', address: 'cards/burn/node', shows: 'input[value="titan-13"]' }],
  target: [
    { lab: 'calm', address: 'cards/burn/target', shows: '.choice[data-selected]' },
    {
      lab: 'calm',
      address: 'cards/burn/target',
      shows: '.choice[data-selected]',
      async open(page) {
        await page.locator('.step-content button').last().click();
        await page.locator('.new-drive').waitFor();
      },
    },
    { lab: 'calm', address: 'cards/burn/target', chosen: 'new-file', shows: '.choice-path input' },
    { lab: 'calm', address: 'cards/burn/target', chosen: 'removed-drive', shows: '.drive-removed' },
    { lab: 'calm', address: 'cards/burn/target', chosen: 'replaced-drive', shows: '.drive-removed' },
    { lab: 'calm', address: 'cards/burn/target', chosen: 'real-drive', shows: '.drives-refused li' },
  ],
  review: [
    { lab: 'calm', address: 'cards/burn/review', shows: '.file-changes' },
    { lab: 'calm', address: 'cards/burn/review', chosen: 'new-file', shows: '.file-changes' },
    { lab: 'calm', address: 'cards/burn/review', chosen: 'real-drive', shows: '.file-changes' },
    { lab: 'calm', address: 'cards/burn/review', viewer: true, shows: '.file-changes' },
    { lab: 'busy', address: 'cards/burn/review', shows: '.problem' },
    { lab: 'locked', address: 'cards/burn/review', shows: '.problem' },
  ],
};

/** A dialog with a form, behind the button that `selector` finds first. */
const openForm = (selector: string) => async (page: Page) => {
  await page.locator(selector).first().click();
  await page.locator('[role="dialog"] form').waitFor();
};

/** Every page has an entry: a page that is added to the routes without one does not pass the type check. */
export const screens: Record<Route['page'], readonly Screen[]> = {
  today: [
    { lab: 'fresh', address: 'today', shows: '.first-steps' },
    { lab: 'calm', address: 'today', shows: '.today-calm' },
    { lab: 'busy', address: 'today', shows: '.running-job' },
    { lab: 'broken', address: 'today', shows: '.finding' },
    { lab: 'ring', address: 'today', shows: '.finding' },
    { lab: 'backups', address: 'today', shows: '.due' },
    { lab: 'fresh', address: 'today', shows: '.first-steps', open: openForm('.first-steps button') },
    {
      lab: 'calm',
      address: 'today',
      shows: '.today-calm',
      async open(page) {
        await page.locator('.header-appearance').press('Enter');
        await page.locator('[role="menuitem"]:focus').waitFor();
      },
    },
  ],
  cards: [
    { lab: 'calm', address: 'cards', shows: '.data-table tbody tr' },
    {
      lab: 'calm',
      address: 'cards',
      shows: '.data-table tbody tr',
      async open(page) {
        await page.getByRole('searchbox').fill('nothing has this');
        await page.locator('.table-empty').waitFor();
      },
    },
    { lab: 'bare', address: 'cards', shows: 'main :is(.empty, .problem)' },
    {
      lab: 'calm',
      address: 'cards',
      shows: '.data-table tbody tr',
      async open(page) {
        await page.keyboard.press('Control+k');
        await page
          .getByRole('option', { name: /titan-13/ })
          .first()
          .waitFor();
      },
    },
  ],
  node: [
    { lab: 'calm', address: 'cards/node/titan-13', shows: '.data-table tbody tr' },
    { lab: 'fresh', address: 'cards/node/titan-13', shows: '.command-line' },
    { lab: 'calm', address: 'cards/node/titan-13', viewer: true, shows: '.data-table tbody tr' },
    { lab: 'calm', address: 'cards/node/nobody', shows: '.page-head' },
  ],
  burn: Object.values(wizard).flat(),
  'card-job': [
    { lab: 'busy', address: job('permission'), shows: '.permission' },
    { lab: 'busy', address: job('writing'), shows: '.block-map' },
    {
      lab: 'busy',
      address: job('writing'),
      shows: '.block-map',
      async open(page) {
        await page.locator('.step-actions button').click();
        await page.locator('.stop-words').waitFor();
      },
    },
    { lab: 'busy', address: job('failed'), shows: '.problem' },
    { lab: 'busy', address: job('stopped'), shows: '.problem' },
    { lab: 'busy', address: 'cards/job/nothing', shows: '.problem' },
    { lab: 'calm', address: job('burned'), shows: '.receipt-facts' },
    { lab: 'calm', address: job('verified'), shows: '.receipt-facts' },
  ],
  bridge: [
    { lab: 'unbridged', address: 'bridge', shows: '.bridge-example' },
    // No node of it is trusted, and it has no design.
    { lab: 'calm', address: 'bridge', shows: '.empty' },
    { lab: 'ring', address: 'bridge', shows: '.port-table tbody[data-old] .port-node-old' },
    { lab: 'ring', address: 'bridge', viewer: true, shows: '.ping-matrix' },
    { lab: 'silent', address: 'bridge', shows: '.ring-node[data-silent]' },
  ],
  deploy: [
    { lab: 'unbridged', address: 'bridge/deploy/choose', shows: '.empty' },
    { lab: 'ring', address: 'bridge/deploy/choose', shows: '.choice' },
    {
      lab: 'ring',
      address: 'bridge/deploy/choose',
      deploys: 'attempt2',
      shows: '.choice[data-selected]',
      async open(page) {
        await page.locator('input[value="canary"]').check();
        await page.locator('.first-choice').waitFor();
      },
    },
    { lab: 'ring', address: 'bridge/deploy/choose', deploys: 'earlier', shows: '.choice[data-selected]' },
    {
      lab: 'ring',
      address: 'bridge/deploy/review',
      deploys: 'attempt2',
      shows: '.plan-node',
      async open(page) {
        for (const file of await page.locator('.plan-file summary').all()) await file.click();
        await page.locator('.file-diff').first().waitFor();
      },
    },
    {
      lab: 'ring',
      address: 'bridge/deploy/review',
      deploys: 'attempt2',
      viewer: true,
      shows: '.step-actions',
    },
    {
      lab: 'silent',
      address: 'bridge/deploy/review',
      deploys: 'attempt2',
      shows: ':is(.plan-refusals, .problem)',
    },
  ],
  'bridge-job': [
    { lab: 'ring', address: bridgeJob('deploying'), shows: '.lane .countdown' },
    { lab: 'ring', address: bridgeJob('deployed'), shows: '.ping-matrix' },
    { lab: 'ring', address: bridgeJob('takenBack'), shows: '.deploy-states' },
    { lab: 'ring', address: bridgeJob('split'), shows: '.deploy-next[data-wrong]' },
    { lab: 'ring', address: bridgeJob('checking'), shows: '.job-progress' },
    { lab: 'ring', address: bridgeJob('checked'), shows: '.ping-matrix' },
    { lab: 'ring', address: bridgeJob('checkFailed'), shows: '.check-findings' },
    { lab: 'ring', address: 'bridge/job/nothing', shows: '.problem' },
  ],
  backups: [
    { lab: 'calm', address: 'backups', shows: '.empty' },
    { lab: 'unruled', address: 'backups', shows: '.backups-summary' },
    { lab: 'backups', address: 'backups', shows: '.calendar-day[data-state="missing"]' },
    { lab: 'backups', address: 'backups', viewer: true, shows: '.backups-summary' },
  ],
  'backups-guest': [
    { lab: 'backups', address: 'backups/guest/baobab%2F100', shows: '.guest-calm' },
    { lab: 'backups', address: 'backups/guest/baobab%2F108', shows: '.archive-row' },
    { lab: 'backups', address: 'backups/guest/nobody%2F999', shows: '.page-head' },
  ],
  archives: [
    { lab: 'calm', address: 'backups/archives', shows: '.empty' },
    { lab: 'backups', address: 'backups/archives', shows: '.archive-row' },
    {
      lab: 'backups',
      address: 'backups/archives',
      shows: '.archive-row',
      async open(page) {
        await page.getByRole('searchbox').fill('nothing has this');
        await page.locator('.table-empty').waitFor();
      },
    },
  ],
  'backup-job': [
    { lab: 'backups', address: backupJob('backingUp'), shows: '.lane' },
    { lab: 'backups', address: backupJob('backedUp'), shows: '.state-list' },
    { lab: 'backups', address: backupJob('backupFailed'), shows: '.problem' },
    { lab: 'backups', address: backupJob('pruned'), shows: '.state-list' },
    { lab: 'backups', address: backupJob('reread'), shows: '.state-list' },
    { lab: 'backups', address: backupJob('restored'), shows: '.state-list' },
    { lab: 'backups', address: backupJob('restoreTested'), shows: '.state-list' },
    { lab: 'backups', address: backupJob('agentDeployed'), shows: '.state-list' },
    { lab: 'backups', address: 'backups/job/nothing', shows: '.problem' },
  ],
  ...backupScreens,
  ...syncScreens,
  jobs: [
    { lab: 'fresh', address: 'jobs', shows: '.empty' },
    { lab: 'busy', address: 'jobs', shows: '.job-title' },
  ],
  logbook: [
    { lab: 'fresh', address: 'logbook', shows: '.empty' },
    { lab: 'calm', address: 'logbook', shows: '.log-entry' },
  ],
  issues: [
    { lab: 'fresh', address: 'issues', shows: '.empty' },
    { lab: 'busy', address: 'issues', shows: '.issue-name' },
    { lab: 'busy', address: 'issues', viewer: true, shows: '.issue-name' },
  ],
  issue: [
    { lab: 'busy', address: issue(1), shows: '.issue-text' },
    {
      lab: 'busy',
      address: issue(1),
      shows: '.issue-text',
      async open(page) {
        await openForm('.page-head button')(page);
        await page.locator('[role="dialog"] [type="submit"]').click();
        await page.locator('[role="dialog"] .problem').waitFor();
      },
    },
    { lab: 'busy', address: issue(2), shows: '.issue-text', open: openForm('.page-head button') },
    { lab: 'busy', address: issue(3), shows: '.issue-text' },
    { lab: 'busy', address: 'issues/ISSUE-2020-001', shows: '.problem' },
    { lab: 'busy', address: 'issues/ISSUE-2020-999', shows: '.problem' },
    { lab: 'busy', address: issue(1), viewer: true, shows: '.empty' },
  ],
  lab: [
    { lab: 'fresh', address: 'lab', shows: '.check-entry' },
    { lab: 'calm', address: 'lab', shows: '.check-entry' },
    { lab: 'calm', address: 'lab', viewer: true, shows: '.check-entry' },
    { lab: 'broken', address: 'lab', shows: '.check-entry' },
    {
      lab: 'locked',
      address: 'lab',
      shows: '.check-entry',
      open: openForm('section[aria-labelledby="lab-secrets"] button'),
    },
  ],
  log: [
    { lab: 'fresh', address: 'log', shows: '.empty' },
    { lab: 'busy', address: 'log', shows: '.logged-entry' },
    { lab: 'busy', address: 'log', viewer: true, shows: 'main .page-head' },
    {
      lab: 'busy',
      address: 'log',
      shows: '.logged-entry',
      async open(page) {
        await page.locator('section[aria-labelledby="log-diagnostics"] button').first().click();
        await page.locator('.log-copied .state-mark').waitFor();
      },
    },
  ],
  unknown: [{ lab: 'calm', address: 'nowhere', shows: '.page-head' }],
};

const size = 1 << 28;
const virtualDrive = {
  request: { kind: 'virtual-drive', name: 'sd-1' },
  label: 'virtual drive sd-1',
  size,
};
const newFile = { request: { kind: 'new-file', path: '/tmp/sifaka-no-such-card.img' }, label: 'card.img' };
const removedDrive = {
  request: { kind: 'drive', path: '/dev/sifaka-no-such-drive' },
  label: 'A stick',
  size,
  identity: 'gone',
};

/** Which node and target the wizard's later steps are about, as the page keeps them for a tab. */
export function wizardChoices(chosen: Chosen = 'virtual-drive', drive?: Drive): string {
  const real = drive && {
    request: { kind: 'drive', path: drive.path, freeSpace: 'overwrite' },
    label: drive.label,
    size: drive.size,
    contents: drive.contents,
    identity: chosen === 'replaced-drive' ? 'another' : drive.identity,
  };
  const targets = {
    'virtual-drive': virtualDrive,
    'new-file': newFile,
    'removed-drive': removedDrive,
    'real-drive': real,
    'replaced-drive': real,
  };
  return JSON.stringify({ state: { node: 'titan-13', target: targets[chosen], burnt: [] }, version: 0 });
}

/** What the bridge's wizard is about, as the page keeps it for a tab; `earlier` is the deploy with this id. */
export function deployChoices(deploys: Screen['deploys'], earlier: string): string {
  const sources = {
    attempt2: { kind: 'design', name: 'attempt2' },
    earlier: { kind: 'deploy', id: earlier, state: 'before' },
  };
  const source = deploys && sources[deploys];
  return JSON.stringify({ state: { ...(source && { source }) }, version: 0 });
}
