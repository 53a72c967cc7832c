import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant, Task } from './contestants/contestant.ts';
import { type Measured, measure } from './measure.ts';
import type { Row } from './report.ts';
import { runTool } from './run-tool.ts';
import { mebibyte } from './settings.ts';
import type { Throttle } from './throttle.ts';

/**
 * Every contestant that can, once a round, the order turned by one each round; the medians of all rounds. Before each:
 * old bytes on the whole device, its own preparation, and what it reads out of the kernel's cache. After each: its card is checked.
 */
export async function compete(
  contestants: readonly Contestant[],
  task: Task,
  rounds: number,
  slow: Throttle,
): Promise<Row[]> {
  const { format, device, signal } = task;
  const mebibytes = task.image.size / mebibyte;
  const able = contestants.filter((one) => one.unable?.(task) === undefined);
  const runs = new Map<string, { measured: Measured[]; wrong: string; note: string }>();
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < able.length; turn += 1) {
      const contestant = able[(turn + round) % able.length];
      if (!contestant) continue;
      const { name } = contestant;
      const entry = runs.get(name) ?? { measured: [], wrong: '', note: '' };
      runs.set(name, entry);
      signal.throwIfAborted();
      await device.fillWithRandom();
      process.stderr.write(`${mebibytes} MiB ${format}, round ${round + 1}: ${name} …`);
      try {
        await contestant.prepare?.(task);
        await forgetContents(task);
        const measured = await slow.during(() =>
          measure(contestant.command(task), { device, cgroup: slow.cgroup, signal }),
        );
        entry.measured.push(measured);
        process.stderr.write(` ${measured.wall.toFixed(2)} s\n`);
        const verdict = await contestant.check(task, measured);
        if (verdict.good) entry.note = verdict.note ?? '';
        else entry.wrong = verdict.why;
      } catch (error) {
        signal.throwIfAborted();
        entry.wrong = (error as Error).message.replaceAll(/\s+/g, ' ').slice(-400);
      }
      if (entry.wrong !== '') process.stderr.write(`  WRONG: ${entry.wrong}\n`);
    }
  }
  return contestants.map((contestant): Row => {
    const { name } = contestant;
    const head = { mebibytes, format, contestant: name };
    const entry = runs.get(name);
    if (!entry) return { ...head, why: contestant.unable?.(task) ?? 'did not run' };
    const { measured, wrong, note } = entry;
    if (measured.length < rounds) return { ...head, why: `FAILED: ${wrong}` };
    const of = (figure: (one: Measured) => number) => median(measured.map(figure));
    return {
      ...head,
      rounds,
      wall: of(({ wall }) => wall),
      job: of(({ job }) => job),
      cpu: of(({ cpu }) => cpu),
      peakMemory: Math.max(...measured.map(({ peakMemory }) => peakMemory)),
      written: of(({ written }) => written),
      read: of(({ read }) => read),
      wrong,
      note,
    };
  });
}

/**
 * The images, Sifaka's cache and the device have to be read from the disk again. The programs stay where they are: the
 * whole cache dropped would measure how long this machine takes to load Node.
 */
async function forgetContents({ folder, device }: Task): Promise<void> {
  await runTool('sync', ['-f', folder]);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    await runTool('dd', [
      `if=${join(entry.parentPath, entry.name)}`,
      'iflag=nocache',
      'count=0',
      'status=none',
    ]);
  }
  await runTool('blockdev', ['--flushbufs', device.path]);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
