import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobEvent } from '../../../../shared/schemas/job.ts';
import type { PlannedCard, Receipt } from '../../../../shared/schemas/card.ts';
import type { CardImage } from '../card-image.ts';
import { checkFileSystems, differingBlocks, digestOnDevice } from '../check-device.ts';
import type { Command, Measured } from '../measure.ts';
import { runTool } from '../run-tool.ts';
import { type Format, mebibyte } from '../settings.ts';
import { type Range, totalLength } from '../used-ranges.ts';
import type { Contestant, Task, Verdict } from './contestant.ts';

const node = 'titan-13';
const nodeClass = 'rpi4-armbian-longhorn';
const repository = join(import.meta.dirname, '../../../..');
const program = join(repository, 'out/main/cli.js');

/** Sifaka with a lab of its own: the demo lab, whose one class uses the benchmark's images. */
export interface SifakaLab {
  /** Names the image's files in the inventory; the cache is filled by that. */
  addImages(image: CardImage, formats: readonly Format[]): Promise<void>;
  readonly contestants: Contestant[];
  /** A command that opens the lab and does next to nothing, for the memory of an idle program. */
  readonly idle: Command;
}

export async function makeSifakaLab(folder: string, signal: AbortSignal): Promise<SifakaLab> {
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\` first.`);
  const lab = join(folder, 'lab');
  const env = { SIFAKA_HOME: join(folder, 'home') };
  const argv = (...args: string[]) => [process.execPath, program, '--json', '--lab', lab, ...args];
  const sifaka = async (...args: string[]) => {
    const [executable = '', ...rest] = argv(...args);
    return await runTool(executable, rest, { env, signal });
  };
  let used = '';
  const use = async (image: string) => {
    if (used !== image)
      await sifaka('lab', 'set', 'metis/inventory.yaml', `/classes/${nodeClass}/image`, image);
    used = image;
  };

  const contestant = (cached: boolean): Contestant => ({
    name: cached ? 'Sifaka' : 'Sifaka, first burn',
    method: `\`sifaka card burn ${node} --drive DEV --yes\`, ${cached ? 'image in the cache' : 'cache empty before'}; injects the node’s files, writes what is in use, reads it back directly, keeps a receipt`,
    async prepare({ image, format, device }) {
      await use(nameOf(image, format));
      if (cached) await sifaka('card', 'plan', node, '--drive', device.path);
      else await rm(join(env.SIFAKA_HOME, 'cache'), { recursive: true, force: true });
    },
    command: ({ device }) => ({
      argv: argv('card', 'burn', node, '--drive', device.path, '--yes'),
      env,
      job: {
        begins: (line) => line.startsWith('{"type":"plan"'),
        ends: (line) => line.startsWith('{"type":"ended"'),
      },
    }),
    check: (task, measured) =>
      checkCard(task, measured, async () => {
        await sifaka('card', 'verify', node, '--drive', task.device.path);
      }),
  });

  await sifaka('lab', 'demo', lab);
  return {
    async addImages(image, formats) {
      for (const format of formats) {
        await sifaka(
          'images',
          'add',
          nameOf(image, format),
          image.files[format],
          '--root',
          '2',
          '--boot',
          '1',
        );
      }
    },
    contestants: [contestant(true), contestant(false)],
    idle: { argv: argv('card', 'nodes'), env },
  };
}

const nameOf = ({ size }: CardImage, format: Format) => `bench-${size / mebibyte}-${format}`;

type Line = JobEvent | ({ type: 'plan' } & PlannedCard) | { type: 'report'; report: Receipt };

/**
 * The card is image ⊕ delta: what the receipt says was written covers all that is in use; every stretch whose digest
 * needs no key is read directly and has it; `card verify`, which has the key, finds all of them equal; both file systems
 * are clean; and no more differs from the golden image than the node's own files and their metadata can.
 */
async function checkCard(task: Task, { lines }: Measured, verify: () => Promise<void>): Promise<Verdict> {
  const { device, image, used, folder } = task;
  const events = lines.map((line) => JSON.parse(line) as Line);
  const report = events.findLast((event) => event.type === 'report');
  const planned = events.find((event) => event.type === 'plan');
  if (!report || !planned) return { good: false, why: 'no receipt' };
  const { ranges } = report.report;
  const missing = totalLength(used) - overlap(used, ranges);
  if (missing > 0) return { good: false, why: `${missing} bytes in use are not in the receipt` };
  for (const { offset, length, digest } of ranges) {
    if (!digest.startsWith('sha256:')) continue;
    if (`sha256:${await digestOnDevice(device.path, { offset, length })}` !== digest) {
      return { good: false, why: `the range at byte ${offset} is not what the receipt says` };
    }
  }
  await verify();
  await checkFileSystems(device.path, image, folder);
  const own = await differingBlocks(device.path, image.files.raw, used);
  const most = 64 + planned.plan.changes.length * 8 + Math.ceil(planned.plan.write.injectedBytes / 4096);
  if (own > most)
    return { good: false, why: `${own} blocks differ from the image, at most ${most} were expected` };
  return { good: true, note: stages(events) };
}

/** Bytes of `one` that lie in `other`; both sorted. */
function overlap(one: readonly Range[], other: readonly Range[]): number {
  let bytes = 0;
  let index = 0;
  for (const { offset, length } of one) {
    const end = offset + length;
    let next = other[index];
    while (next && next.offset + next.length <= offset) next = other[++index];
    for (let at = index; next && next.offset < end; next = other[++at]) {
      bytes += Math.min(end, next.offset + next.length) - Math.max(offset, next.offset);
    }
  }
  return bytes;
}

/** Seconds of every step of the job, by its own journal. */
function stages(events: readonly Line[]): string {
  const began = new Map<string, number>();
  let end = 0;
  for (const event of events) {
    if (event.type === 'progress' && !began.has(event.progress.step)) {
      began.set(event.progress.step, Date.parse(event.at));
    }
    if (event.type === 'ended') end = Date.parse(event.at);
  }
  const steps = [...began];
  return steps
    .map(([step, at], index) => `${step} ${(((steps[index + 1]?.[1] ?? end) - at) / 1000).toFixed(1)} s`)
    .join(', ');
}
