/**
 * `npm run bench:sync`: two folders are kept alike by Sifaka, rsync, rclone and Unison, in turn, in one run and as ratios.
 * docs/benchmarks.md says how, and what the figures mean. Linux, as root, with Debian's `rsync`, `rclone`, `unison` and `time`.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join, resolve } from 'node:path';
import { isOnPath } from '../../rig/required-tools.ts';
import { type Contestant, contestants } from './contestants.ts';
import { dropCaches, type Run } from './measure.ts';
import { type Figures, tableOf, targetsOf } from './report.ts';
import { makeRow, type Row } from './rows.ts';
import { type Cache, readSettings, type Settings, usage } from './settings.ts';

if (process.argv.includes('--help')) console.log(usage);
else await run(readSettings(process.argv.slice(2)));

async function run(settings: Settings): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('Only root lets go of what Linux has in its memory of the disk.');
  const missing = ['rsync', 'rclone', 'unison', 'time'].filter((name) => !isOnPath(name));
  if (missing.length > 0) throw new Error(`Missing: ${missing.join(', ')}.`);
  const all = contestants(resolve(import.meta.dirname, '../../..'), settings).filter(
    ({ name }) => settings.only?.some((start) => name.startsWith(start)) ?? true,
  );
  const unbuilt = all.flatMap(({ needs }) => (needs === undefined || existsSync(needs) ? [] : [needs]));
  if (unbuilt.length > 0) throw new Error(`${unbuilt.join(', ')}: npm run build makes it.`);
  const folder = mkdtempSync(join(settings.folder, 'sifaka-sync-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const leave = () => {
    remove();
    process.exit(130);
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  const figures: Figures[] = [];
  try {
    console.log(`${process.version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}`);
    // Nothing is removed before the end: a file system has something to do with that for a while.
    for (const name of settings.rows) {
      const row = makeRow(name, settings.quick);
      const place = join(folder, name);
      const part = all.filter((contestant) => row.takesPart(contestant));
      console.error(`${name}: setting up …`);
      await row.setUp(place, part);
      for (const cache of settings.caches) {
        const measured = await measure(row, place, part, cache, settings);
        figures.push(measured);
        console.log(`\n${tableOf(measured)}`);
      }
    }
    console.log(`\n${targetsOf(figures)}`);
    if (settings.json !== undefined)
      writeFileSync(settings.json, `${JSON.stringify(figures, undefined, 1)}\n`);
  } finally {
    remove();
  }
}

async function measure(
  row: Row,
  folder: string,
  part: readonly Contestant[],
  cache: Cache,
  settings: Settings,
): Promise<Figures> {
  const runs = new Map(part.map(({ name }) => [name, new Array<Run>()]));
  const loads: number[] = [];
  const rounds = row.isLarge ? settings.largeRounds : settings.rounds;
  // What the last one wrote is not written while the next one is timed.
  const ready = () => (cache === 'cold' ? dropCaches() : undefined);
  for (let round = 0; round < rounds; round += 1) {
    const first = round % part.length;
    for (const contestant of [...part.slice(first), ...part.slice(0, first)]) {
      loads.push(loadavg()[0] ?? 0);
      const measured = await row.run(folder, contestant, ready);
      runs.get(contestant.name)?.push(measured);
      console.error(`${row.name}, ${cache}, ${contestant.name}: ${measured.wall.toFixed(2)} s`);
    }
  }
  return { row: row.name, words: row.words, cache, runs: Object.fromEntries(runs), loads };
}
