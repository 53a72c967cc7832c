/**
 * `npm run bench:scroll`: whether ten thousand archives scroll without a task over 50 ms, in the page of `npm run build`
 * (out/renderer) and Chromium.
 *
 * The mouse's wheel turns by 200, 2,000 and 20,000 pixels at a time, forty times each, with two frames in between; the
 * browser itself notes each task over 50 ms (https://w3c.github.io/longtasks) and says what its main thread computed for
 * (CDP, Performance.getMetrics in ticks of the thread, so that what else runs on the machine is not counted).
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright';
import { manyArchivesLab } from '../../e2e/backup-labs.ts';
import { startApp } from '../../e2e/running-app.ts';
import { launchBrowser } from '../../rig/chromium.ts';

const turns = 40;

await using app = await startApp({
  page: join(import.meta.dirname, '../../../out/renderer'),
  untouched: true,
  prepare: manyArchivesLab,
});
const browser = await launchBrowser();
if (!browser) throw new Error('Chromium is not installed.');
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.goto(app.host.url);
  await page.locator('h1').waitFor();
  await page.evaluate("location.hash = '#/backups/archives'");
  await page.locator('.archive-row').first().waitFor({ timeout: 60_000 });
  await page.locator('.archive-list').hover();
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  console.log(`10,000 archives, load ${(loadavg()[0] ?? 0).toFixed(1)}\n`);
  console.log('| a turn of | tasks over 50 ms | longest ms | thread ms a turn | of it scripts ms |');
  console.log('| --- | ---: | ---: | ---: | ---: |');
  for (const pixels of [200, 2_000, 20_000]) console.log(await scrollBy(page, session, pixels));
} finally {
  await browser.close();
}

async function scrollBy(page: Page, session: CDPSession, pixels: number): Promise<string> {
  await watchLongTasks(page);
  const before = await threadTimes(session);
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel(0, pixels);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  }
  const after = await threadTimes(session);
  const tasks = await longTasks(page);
  const each = (name: 'tasks' | 'scripts') => (((after[name] - before[name]) * 1000) / turns).toFixed(1);
  return `| ${pixels} px | ${tasks.length} of ${turns} | ${Math.max(0, ...tasks)} | ${each('tasks')} | ${each('scripts')} |`;
}

async function threadTimes(session: CDPSession): Promise<{ tasks: number; scripts: number }> {
  const { metrics } = await session.send('Performance.getMetrics');
  const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? 0;
  return { tasks: of('TaskDuration'), scripts: of('ScriptDuration') };
}

async function watchLongTasks(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    window.longTaskObserver?.disconnect();
    window.longTasks = [];
    window.longTaskObserver = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longTasks.push(Math.round(duration));
    });
    window.longTaskObserver.observe({ type: 'longtask' });
  })()`);
}

async function longTasks(page: Page): Promise<number[]> {
  const tasks: unknown = await page.evaluate('window.longTasks');
  return Array.isArray(tasks) ? tasks.map(Number) : [];
}
