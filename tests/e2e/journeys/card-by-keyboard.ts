import type { Page } from 'playwright';
import { planned } from './card-job.ts';
import { focusIsOn, tabTo, tabToAndPress } from './keyboard.ts';

/** What the operator goes by, in the language of the page. */
export interface WizardWords {
  readonly today: string;
  readonly cards: RegExp;
  readonly cardsPage: string;
  readonly burn: RegExp;
  readonly whichNode: RegExp;
  readonly filter: RegExp;
  readonly whichTarget: RegExp;
  readonly newDrive: RegExp;
  readonly reviewThis: RegExp;
  readonly review: RegExp;
  readonly erased: string;
  readonly redButton: (node: string, drive: string) => RegExp;
  readonly proven: (node: string) => RegExp;
}

export const english: WizardWords = {
  today: 'Today',
  cards: /link "Cards"/,
  cardsPage: 'Cards',
  burn: /button "Burn a card"/,
  whichNode: /Which node is the card for/,
  filter: /searchbox "Filter nodes"/,
  whichTarget: /Where is it written/,
  newDrive: /button "New virtual drive"/,
  reviewThis: /button "Review what would happen"/,
  review: /Review what will happen/,
  erased: 'What will be erased',
  redButton: (node, drive) => new RegExp(`button "Erase .*${drive} and burn ${node}"`),
  proven: (node) => new RegExp(`Proven: this card is ${node}`),
};

export const german: WizardWords = {
  today: 'Heute',
  cards: /link "Karten"/,
  cardsPage: 'Karten',
  burn: /button "Karte brennen"/,
  whichNode: /Für welchen Knoten ist die Karte\?/,
  filter: /searchbox "Knoten filtern"/,
  whichTarget: /Wohin wird sie geschrieben\?/,
  newDrive: /button "Neues virtuelles Laufwerk"/,
  reviewThis: /button "Prüfen, was geschehen würde"/,
  review: /Prüfen, was geschehen wird/,
  erased: 'Was gelöscht wird',
  redButton: (node, drive) =>
    new RegExp(`button "${drive} \\(virtuelles Laufwerk\\) löschen und Karte für ${node} brennen"`),
  proven: (node) => new RegExp(`Nachgewiesen: Diese Karte ist ${node}`),
};

/** Where the operator stops for a look: what is looked at there is the caller's. */
export type WizardStop = '0-today' | '1-node' | '2-new-drive' | '2-target' | '3-review' | '5-proof';

/** By keyboard alone from Today, which is shown, to the proof of a card on a virtual drive that is made on the way. */
export async function burnByKeyboard(
  page: Page,
  { node, drive, words = english }: { node: string; drive: string; words?: WizardWords },
  stop: (at: WizardStop) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await page.getByRole('heading', { name: words.today, level: 1 }).waitFor();
  await stop('0-today');
  await tabToAndPress(page, words.cards);
  await page.getByRole('heading', { name: words.cardsPage, level: 1 }).waitFor();
  await tabToAndPress(page, words.burn);

  // Choose node: the heading has the focus, the filter narrows, Space chooses, Enter goes on.
  await focusIsOn(page, words.whichNode);
  await tabTo(page, words.filter);
  await page.keyboard.type(node);
  await tabTo(page, new RegExp(`radio "${node}"`));
  await page.keyboard.press('Space');
  await stop('1-node');
  await page.keyboard.press('Enter');

  // Choose target: one is made, and chosen by that.
  await focusIsOn(page, words.whichTarget);
  await tabToAndPress(page, words.newDrive);
  await focusIsOn(page, /textbox "Name"/);
  await stop('2-new-drive');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(drive);
  await page.keyboard.press('Enter');
  await page.getByRole('radio', { name: new RegExp(drive), checked: true }).waitFor();
  await stop('2-target');
  await tabToAndPress(page, words.reviewThis);

  // Review: what is erased, every file, and a button that says so.
  await focusIsOn(page, words.review);
  await page.getByRole('heading', { name: words.erased }).waitFor(planned);
  await stop('3-review');
  await tabToAndPress(page, words.redButton(node, drive));

  await page.getByRole('heading', { name: words.proven(node) }).waitFor({ timeout: 90_000 });
  await focusIsOn(page, words.proven(node));
  await stop('5-proof');
}
