import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { expectAccessible, openTab, shoot } from './browser.ts';
import { burnByKeyboard, german } from './journeys/card-by-keyboard.ts';
import { startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();

describe('the card wizard in German', () => {
  it('says what is chosen, what is erased and what a power cut means, and burns by keyboard alone', async (test) => {
    const chromium = stage.browser(test);
    await using app = await startApp({ page: stage.page });
    const { page, context, complaints } = await openTab(chromium, 'light', 'de-DE');
    const beside = page.getByRole('complementary', { name: 'Was das bewirkt' });

    await page.goto(app.host.url);
    await page.getByRole('heading', { name: 'Erste Schritte in einem neuen Lab' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await burnByKeyboard(page, { node: 'titan-13', drive: 'sd-32', words: german }, async (at) => {
      if (at === '2-new-drive') {
        await page.keyboard.press('ControlOrMeta+a');
        await page.keyboard.type('sd 32');
        await page.getByText('nur Kleinbuchstaben, Ziffern').waitFor();
      } else if (at === '2-target') {
        const made = { name: 'sd-32 (virtuelles Laufwerk) 32,0 GB', checked: true };
        await page.getByRole('radio', made).waitFor();
      } else if (at === '3-review') {
        const erased = page.getByRole('region', { name: 'Was gelöscht wird' });
        await erased.getByText('Alles auf sd-32 (virtuelles Laufwerk). Derzeit darauf: leer.').waitFor();
        await beside.getByText('Bis die rote Schaltfläche gedrückt wird, wird nichts geschrieben.').waitFor();
        await beside
          .getByText(
            'fällt der Strom aus, während die Karte geschrieben wird, muss sie erneut gebrannt werden.',
          )
          .waitFor();
        const warnings = page.getByRole('list', { name: 'Warnungen' });
        await warnings.getByText('Freier Speicher wird nicht überschrieben:').waitFor();
        expect(await foreignWords(page)).toEqual([]);
        await expectAccessible(page);
      }
      await shoot(page, `wizard-german-${at}`);
    });
    const [receipt] = await app.client.cards.receipts({ node: 'titan-13' });
    await page.getByText(receipt?.id ?? 'no receipt').waitFor();
    expect(await foreignWords(page)).toEqual([]);
    await expectAccessible(page);

    // What is on it by now is named before it may be lost, and has to be agreed to by that name.
    await page.goto(new URL('/#/cards/burn/review', app.host.url).href);
    await page
      .getByRole('checkbox', { name: 'Löschen, was derzeit darauf ist: ein MBR mit 2 Partitionen' })
      .waitFor();
    await shoot(page, 'wizard-german-6-review-again');
    expect(complaints).toEqual([]);
    await context.close();
  });
});

/** English words of the page that do not say that they are English. */
async function foreignWords(page: Page): Promise<string[]> {
  // As text: the tests know no DOM.
  const shown = await page.evaluate<string[]>(`(() => {
    const words = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { parentElement, textContent } = texts.currentNode;
      const is = parentElement.closest('[lang=en], code, .mono, script, style') || !parentElement.checkVisibility();
      if (!is) words.push(...textContent.split(/[^\\p{L}]+/u));
    }
    return words;
  })()`);
  expect(shown).toContain('Ziel');
  const telling = /^(?:the|of|is|it|to|and|not|what|with|this|card|drive|node|read|on)$/i;
  return shown.filter((word) => telling.test(word));
}
