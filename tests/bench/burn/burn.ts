/**
 * `npm run bench:burn`: one image onto one loop device, by Sifaka and by what else there is, in one run, as ratios.
 * docs/benchmarks.md says how, and what the figures mean. Linux, as root; needs a build (`npm run build`).
 */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCardImage } from './card-image.ts';
import type { Task } from './contestants/contestant.ts';
import { compete } from './compete.ts';
import { compileDirectIo, etcherSdk } from './contestants/etcher-sdk.ts';
import { makeSifakaLab } from './contestants/sifaka.ts';
import { systemTools } from './contestants/system-tools.ts';
import { makeLoopDevice } from './loop-device.ts';
import { measure } from './measure.ts';
import { type Row, tableOf, targetsOf } from './report.ts';
import { runTool } from './run-tool.ts';
import { mebibyte, readSettings, usage } from './settings.ts';
import { throttle } from './throttle.ts';
import { totalLength, usedRanges } from './used-ranges.ts';

const demo = join(import.meta.dirname, '../../../resources/demo-lab/metis/images/demo.img.zst');
const interrupt = new AbortController();
/** Undone in reverse order, however the run ends. */
const undo: (() => Promise<unknown>)[] = [];

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => interrupt.abort(new Error(`Ended by ${name}; everything is cleaned up.`)));
}
try {
  await run();
} catch (error) {
  console.error(interrupt.signal.aborted ? String(interrupt.signal.reason) : error);
  process.exitCode = 1;
} finally {
  for (const one of undo.toReversed()) await one().catch((error: unknown) => console.error(error));
}

async function run(): Promise<void> {
  if (process.argv.includes('--help')) return console.log(usage);
  const settings = readSettings(process.argv.slice(2));
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('Loop devices need Linux and root.');
  }
  const { signal } = interrupt;
  const folder = await mkdtemp(join(tmpdir(), 'sifaka-bench-burn-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));

  const found = { bmaptool: await installed('bmaptool'), rpiImager: await installed('rpi-imager') };
  const directIo = await compileDirectIo(folder, signal).then(
    (addon) => ({ addon }),
    (error: unknown) => ({ missing: `its direct-io does not compile here: ${String(error).slice(0, 200)}` }),
  );
  const lab = await makeSifakaLab(folder, signal);
  const contestants = [...lab.contestants, ...etcherSdk(directIo), ...systemTools(found)].filter(({ name }) =>
    name.includes(settings.only),
  );
  const largest = Math.max(...settings.sizes) + 64;
  const device = await makeLoopDevice(join(folder, 'device'), largest * mebibyte);
  undo.push(() => device.detach());
  const slow = await throttle(device, settings.card);
  undo.push(() => slow.remove());

  const load = loadavg().map((one) => one.toFixed(1));
  console.log(
    `${process.version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}, load ${load.join(' ')}`,
  );
  console.log(`Loop device of ${largest} MiB, direct-io ${device.directIo ? 'on' : 'OFF'}; ${slow.by}.`);
  console.log(
    `Median of ${settings.rounds}, order rotated; old bytes put everywhere, and images and device out of the kernel’s cache, before each.`,
  );
  console.log('etcher-sdk runs under the same Node with its own direct-io, compiled for this run.\n');
  for (const { name, method } of contestants) console.log(`- ${name}: ${method}`);

  const idle = await measure(lab.idle, { device, cgroup: undefined, signal });
  console.log(`\nIdle: ${(idle.peakMemory / 1e6).toFixed(0)} MB (peak of \`sifaka card nodes\`).`);
  const rows: Row[] = [];
  const ground = { used: new Map<number, number>(), idleMemory: idle.peakMemory };
  for (const mebibytes of settings.sizes) {
    const images = join(folder, 'images');
    const image = await makeCardImage({
      folder: images,
      mebibytes,
      formats: settings.formats,
      demo,
      withBlockMap: found.bmaptool,
      signal,
    });
    const used = await usedRanges(image);
    ground.used.set(mebibytes, totalLength(used));
    console.log(`\n## ${mebibytes} MiB, ${(totalLength(used) / 1e6).toFixed(0)} MB in use`);
    await lab.addImages(image, settings.formats);
    for (const format of settings.formats) {
      const task: Task = { image, format, device, used, folder, signal };
      const results = await compete(contestants, task, settings.rounds, slow);
      rows.push(...results);
      console.log(`\n### ${mebibytes} MiB, ${format}\n\n${tableOf(results)}`);
      for (const row of results)
        if ('note' in row && row.note !== '') console.log(`\n${row.contestant}: ${row.note}`);
    }
    console.log(`\n### Targets, ${mebibytes} MiB\n\n${targetsOf(rows, mebibytes, ground)}`);
    await rm(images, { recursive: true });
  }
  if (settings.json !== undefined) {
    writeFileSync(
      settings.json,
      `${JSON.stringify({ rows, idleMemory: ground.idleMemory }, undefined, 1)}\n`,
    );
  }
  // Peers may be wrong on purpose of their design (a map made from holes is); Sifaka may not.
  const bad = rows.some((row) => row.contestant.startsWith('Sifaka') && ('why' in row || row.wrong !== ''));
  if (bad) throw new Error('Sifaka did not make a good card every time.');
}

async function installed(program: string): Promise<boolean> {
  return await runTool('which', [program]).then(
    () => true,
    () => false,
  );
}
