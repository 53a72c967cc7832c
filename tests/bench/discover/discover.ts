/**
 * `npm run bench:discover`: three nodes with 300 guests each, discovered by Sifaka and by a loop of ssh, beside what the
 * slowest node alone takes to answer, in one run and as ratios. docs/benchmarks.md says how, and what the figures mean.
 * Linux, as root, with what the cheap nodes of tests/rig/proxmox need, and OpenSSH's client.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { type CheapNodes, cheapNodes, cheapNodeTools } from '../../rig/proxmox/cheap-nodes.ts';
import { isOnPath } from '../../rig/required-tools.ts';
import { aloneOn, discovery, type Run, sequentialLoop } from './contestants.ts';
import { readSettings, type Settings, usage } from './settings.ts';

/** What the whole may take, of the slowest node's own answer. */
const most = 1.5;
const archivesOfGuest = 3;

if (process.argv.includes('--help')) console.log(usage);
else await run(readSettings(process.argv.slice(2)));

async function run(settings: Settings): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('The nodes need Linux and root.');
  const missing = [...cheapNodeTools, 'ssh'].filter((name) => !isOnPath(name));
  if (missing.length > 0) throw new Error(`Missing: ${missing.join(', ')}.`);
  const nodes = await cheapNodes();
  const stop = () => void nodes.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    furnish(nodes, settings);
    console.log(
      `${process.version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}, load ${load()}`,
    );
    console.log(
      `3 nodes × ${settings.guests} guests, ${settings.delay} s before each program, median of ${settings.rounds}\n`,
    );
    const figures = await measure(nodes, settings);
    console.log(tableOf(figures));
    console.log(`\nload ${load()}`);
    if (settings.json !== undefined)
      writeFileSync(settings.json, `${JSON.stringify(figures, undefined, 1)}\n`);
  } finally {
    await nodes.stop();
  }
}

/** Two of three guests are virtual machines; each has some archives on the NAS. */
function furnish(nodes: CheapNodes, { guests, delay }: Settings): void {
  const programs = ['pvesh', 'qm', 'pct', 'pvesm', 'pveversion'];
  for (const [index, node] of nodes.nodes.entries()) {
    node.settings({ delays: Object.fromEntries(programs.map((name) => [name, delay])) });
    for (let each = 0; each < guests; each += 1) {
      const vmid = 1000 * (index + 1) + each;
      const type = each % 3 === 2 ? 'lxc' : 'qemu';
      node.addGuest(vmid, { type, bytes: 0, tags: 'prod', running: each % 2 === 0 });
      for (let day = 1; day <= archivesOfGuest; day += 1) {
        const ending = type === 'qemu' ? 'vma.zst' : 'tar.zst';
        node.writeFile(`/mnt/pve/nas/dump/vzdump-${type}-${vmid}-2026_11_0${day}-02_00_00.${ending}`, 'x');
      }
    }
  }
}

interface Figures {
  readonly own: number;
  readonly whole: number;
  readonly loop: number;
}

async function measure(nodes: CheapNodes, { guests, rounds }: Settings): Promise<Figures> {
  const own: number[] = [];
  const whole: number[] = [];
  const loop: number[] = [];
  const turns = [
    async () => {
      const alone: number[] = [];
      for (const { name } of nodes.nodes) alone.push(secondsOf(await aloneOn(nodes, name), guests));
      own.push(Math.max(...alone));
    },
    async () => whole.push(secondsOf(await discovery(nodes), 3 * guests)),
    async () => loop.push(secondsOf(await sequentialLoop(nodes), 3 * guests)),
  ];
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < turns.length; index += 1) await turns[(index + round) % turns.length]?.();
    process.stderr.write(
      `round ${round + 1}: ${[own, whole, loop].map((all) => all.at(-1)?.toFixed(2)).join(', ')} s\n`,
    );
  }
  return { own: median(own), whole: median(whole), loop: median(loop) };
}

/** A run that did not see all is none. */
function secondsOf({ seconds, guests }: Run, expected: number): number {
  if (guests !== expected) throw new Error(`${guests} of ${expected} guests were seen`);
  return seconds;
}

function tableOf({ own, whole, loop }: Figures): string {
  const row = (name: string, seconds: number) =>
    `| ${name} | ${seconds.toFixed(2)} | ${(seconds / own).toFixed(2)} |`;
  return [
    '| contestant | s | ÷ slowest node alone |',
    '| --- | ---: | ---: |',
    row('the slowest node alone', own),
    row('Sifaka: all nodes, and the manifest', whole),
    row('ssh, one node after the other: qm list, pct list, pvesm list', loop),
    '',
    `whole discovery / the slowest node's own answer: ${(whole / own).toFixed(2)} (wanted ≤ ${most}: ${whole / own <= most ? 'met' : 'MISSED'}); of the loop: ${(whole / loop).toFixed(2)}`,
  ].join('\n');
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function load(): string {
  return loadavg()[0]?.toFixed(1) ?? '?';
}
