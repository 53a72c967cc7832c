/**
 * `npm run bench:retention`: which of 100,000 archives are kept, by Sifaka and by a version that prints a date for each
 * archive and option, in one run, as ratios; their decisions are compared. docs/benchmarks.md says what the figures mean.
 */
import { cpus, loadavg, release } from 'node:os';
import { planRetention, type RetentionArchive } from '../../../shared/retention.ts';
import type { Keep } from '../../../shared/schemas/backup-policy.ts';
import { planByIntl } from './by-intl.ts';

const count = 100_000;
const rounds = 7;
const newest = Date.UTC(2026, 10, 20, 14) / 1000;
const keep: Keep = { last: 3, hourly: 24, daily: 14, weekly: 8, monthly: 12, yearly: 5 };

/** The same numbers in every run. */
function numbers(): () => number {
  let state = 42;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state;
  };
}

function archives(guests: number, secondsBefore: (index: number) => number): RetentionArchive[] {
  return Array.from({ length: count }, (_, index) => {
    const vmid = 100 + (index % guests);
    const ctime = newest - secondsBefore(Math.floor(index / guests));
    const time = new Date(ctime * 1000).toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '_');
    const volid = `nas:backup/vzdump-qemu-${vmid}-${time.replace(/^(\d+)-(\d+)-/, '$1_$2_')}.vma.zst`;
    return { volid, type: 'qemu', vmid, ctime };
  });
}

const next = numbers();
const lists: readonly [string, RetentionArchive[]][] = [
  ['1,000 guests, each 100 archives, one every 6 hours', archives(1000, (index) => index * 21_600)],
  ['10 guests, each 10,000 archives, one every hour', archives(10, (index) => index * 3600)],
  ['100 guests, archives at any time of 50 years', archives(100, () => next() % (50 * 365 * 86_400))],
];

console.log(`${process.version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}, load ${load()}`);
console.log(`${count} archives, keep ${JSON.stringify(keep)}, median of ${rounds} rounds in turn\n`);
console.log('| list | time zone | Sifaka | with its safety | a date for each | ratio |');
console.log('|---|---|---|---|---|---|');
for (const [name, rows] of lists) {
  for (const timezone of ['UTC', 'Europe/Berlin']) {
    const times: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      const ours = timed(times[0], () => planRetention(rows, { keep, timezone }));
      timed(times[1], () => planRetention(rows, { keep, timezone, safety: { maximumShare: 0.5 } }));
      const theirs = timed(times[2], () => planByIntl(rows, keep, timezone));
      if (ours.some(({ mark }, index) => mark !== theirs[index]))
        throw new Error(`${name}, ${timezone}: the decisions differ`);
    }
    const [own, safe, other] = times.map(median);
    console.log(
      `| ${name} | ${timezone} | ${own?.toFixed(0)} ms | ${safe?.toFixed(0)} ms | ${other?.toFixed(0)} ms | ${((other ?? 0) / (own ?? 1)).toFixed(1)} |`,
    );
  }
}
console.log(`\nload ${load()}`);

function timed<Result>(times: number[], run: () => Result): Result {
  const began = performance.now();
  const result = run();
  times.push(performance.now() - began);
  return result;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function load(): string {
  return loadavg()[0]?.toFixed(1) ?? '?';
}
