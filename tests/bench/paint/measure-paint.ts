import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright';

/** Milliseconds since the navigation began, and bytes (not compressed) that were loaded by then. */
export interface Paint {
  readonly firstPaint: number;
  readonly firstContentfulPaint: number;
  /** When the frame with the heading was about to be painted. */
  readonly headingShown: number;
  readonly scriptBytes: number;
  readonly styleBytes: number;
}

/** Opens the address in a page that has shown nothing yet, and waits for a first-level heading with these words. */
export async function measurePaint(page: Page, address: string, heading: string): Promise<Paint> {
  // In the page, before any script of its own; as text, because this program knows no DOM.
  await page.addInitScript(`(() => {
    const look = () => {
      const shown = document.querySelector('h1')?.textContent === ${JSON.stringify(heading)};
      if (shown) performance.mark('heading-shown');
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })()`);
  await page.goto(address);
  // Asked from here: the page's own content security policy lets nothing in it wait for an expression.
  const done =
    "performance.getEntriesByType('mark').length > 0 && performance.getEntriesByType('paint').length > 1";
  while (!(await page.evaluate<boolean>(done))) await setTimeout(20);
  return page.evaluate<Paint>(`(() => {
    const at = (name) => performance.getEntriesByName(name)[0].startTime;
    const headingShown = at('heading-shown');
    const loaded = performance.getEntriesByType('resource').filter((one) => one.responseEnd <= headingShown);
    const bytes = (end) => loaded.filter(({ name }) => name.endsWith(end)).reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0);
    return {
      firstPaint: at('first-paint'),
      firstContentfulPaint: at('first-contentful-paint'),
      headingShown,
      scriptBytes: bytes('.js'),
      styleBytes: bytes('.css'),
    };
  })()`);
}
