/**
 * `npm run bench:paint [-- FOLDER …]`: how long the built page takes until something, and until Today, is to be seen.
 *
 * Beside the page of `npm run build` (out/renderer) run an empty page from the same host, which is what browser and host
 * alone cost, and every other build whose FOLDER is named. One after the other in turn, each in a browser that was just
 * started, with a new profile: no cache, no compiled code, no connection. Times are the page's own clock, from the start
 * of the navigation (Paint Timing, https://www.w3.org/TR/paint-timing/), medians. Needs Linux and Chromium.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { launchBrowser } from '../../rig/chromium.ts';
import { startApp } from '../../e2e/running-app.ts';
import { measurePaint, type Paint } from './measure-paint.ts';

const rounds = 11;
const heading = 'Today';

const root = resolve(import.meta.dirname, '../../..');
const empty = await mkdtemp(join(tmpdir(), 'sifaka-paint-'));
try {
  await writeFile(
    join(empty, 'index.html'),
    `<!doctype html><html lang="en"><title>Empty</title><h1>${heading}</h1></html>`,
  );
  const builds = [join(root, 'out/renderer'), ...process.argv.slice(2).map((folder) => resolve(folder))];
  const contestants = [empty, ...builds].map((folder) => ({ folder, paints: new Array<Paint>() }));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contestants.length;
    for (const { folder, paints } of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      paints.push(await paintOnce(folder));
    }
  }
  report(contestants);
} finally {
  await rm(empty, { recursive: true, force: true });
}

async function paintOnce(folder: string): Promise<Paint> {
  await using app = await startApp({ page: folder });
  const browser = await launchBrowser();
  if (!browser) throw new Error('Chromium is not installed.');
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    return await measurePaint(page, app.host.url, heading);
  } finally {
    await browser.close();
  }
}

function report(contestants: readonly { folder: string; paints: readonly Paint[] }[]): void {
  const load = loadavg()[0] ?? 0;
  console.log(
    `${availableParallelism()} processors (${cpus()[0]?.model ?? 'unknown'}), load ${load.toFixed(1)}, medians of ${rounds} (slowest)\n`,
  );
  console.log(`| page | first paint ms | first words ms | ${heading} ms | scripts kB | styles kB |`);
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const { folder, paints } of contestants) {
    const time = (of: (paint: Paint) => number) =>
      `${median(paints.map(of)).toFixed(0)} (${Math.max(...paints.map(of)).toFixed(0)})`;
    const size = (of: (paint: Paint) => number) => (median(paints.map(of)) / 1000).toFixed(0);
    const cells = [
      folder === empty ? 'empty page' : folder,
      time((paint) => paint.firstPaint),
      time((paint) => paint.firstContentfulPaint),
      time((paint) => paint.headingShown),
      size((paint) => paint.scriptBytes),
      size((paint) => paint.styleBytes),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
