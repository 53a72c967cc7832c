import type { Page } from 'playwright';
import type { Route, WizardStep } from '../../renderer/app/address.ts';
import type { JobName, LabName } from './screen-labs.ts';

/** One screen and how it is reached. Nothing here is a word of the page: it is looked at in every language. */
export interface Screen {
  readonly lab: LabName;
  /** The address behind `#/`; `:burned` and the like stand for the id of that job. */
  readonly address: string;
  /** A selector of what is there when the page has what it waited for. */
  readonly shows: string;
  /** What is opened on it. */
  readonly open?: (page: Page) => Promise<void>;
}

/** A job's place in an address. */
export const jobPlaces = /:(burned|verified|permission|writing|failed)$/;

const job = (name: JobName) => `cards/job/:${name}`;

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
  ],
  review: [
    { lab: 'calm', address: 'cards/burn/review', shows: '.file-changes' },
    { lab: 'busy', address: 'cards/burn/review', shows: '.problem' },
  ],
};

/** Every page has an entry: a page that is added to the routes without one does not pass the type check. */
export const screens: Record<Route['page'], readonly Screen[]> = {
  today: [
    { lab: 'fresh', address: 'today', shows: '.first-steps' },
    { lab: 'calm', address: 'today', shows: '.today-calm' },
    { lab: 'busy', address: 'today', shows: '.running-job' },
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
    { lab: 'busy', address: 'cards/job/nothing', shows: '.problem' },
    { lab: 'calm', address: job('burned'), shows: '.receipt-facts' },
    { lab: 'calm', address: job('verified'), shows: '.receipt-facts' },
  ],
  jobs: [
    { lab: 'fresh', address: 'jobs', shows: '.empty' },
    { lab: 'busy', address: 'jobs', shows: '.job-title' },
  ],
  logbook: [
    { lab: 'fresh', address: 'logbook', shows: '.empty' },
    { lab: 'calm', address: 'logbook', shows: '.log-entry' },
  ],
  lab: [
    { lab: 'fresh', address: 'lab', shows: '.check-entry' },
    { lab: 'calm', address: 'lab', shows: '.check-entry' },
  ],
  log: [
    { lab: 'fresh', address: 'log', shows: '.empty' },
    { lab: 'busy', address: 'log', shows: '.logged-entry' },
  ],
  unknown: [{ lab: 'calm', address: 'bridge', shows: '.page-head' }],
};

/** Which node and drive the wizard's later steps are about, as the page keeps them for a tab. */
export const wizardChoices = JSON.stringify({
  state: {
    node: 'titan-13',
    target: { request: { kind: 'virtual-drive', name: 'sd-1' }, label: 'virtual drive sd-1', size: 1 << 28 },
    burnt: [],
  },
  version: 0,
});
