/**
 * `npm run bench:deploy`: one design onto booted nodes, by Sifaka, by Ansible and by a loop of scp and ssh, in one run, as
 * ratios. docs/benchmarks.md says how, and what the figures mean. Linux, as root, with what a cluster of tests/rig needs,
 * OpenSSH's client and ansible-playbook; needs a build (`npm run build`).
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { clusterTools, startCluster } from '../../rig/cluster/start-cluster.ts';
import { isOnPath } from '../../rig/required-tools.ts';
import { compete } from './compete.ts';
import { ansible } from './contestants/ansible.ts';
import { sifakaCommand } from './contestants/sifaka-command.ts';
import { sifaka } from './contestants/sifaka.ts';
import { sshLoop } from './contestants/ssh-loop.ts';
import { growthOf, partsOf, type Result, tableOf, targetsOf } from './report.ts';
import { readSettings, usage } from './settings.ts';

const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => interrupt.abort(new Error(`Ended by ${name}; everything is cleaned up.`)));
}
try {
  await run();
} catch (error) {
  console.error(interrupt.signal.aborted ? String(interrupt.signal.reason) : error);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  if (process.argv.includes('--help')) return console.log(usage);
  const settings = readSettings(process.argv.slice(2));
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Error('Booted nodes need Linux and root.');
  const missing = [...clusterTools, 'scp', 'ssh', 'ansible-playbook'].filter((name) => !isOnPath(name));
  if (missing.length > 0) throw new Error(`Missing: ${missing.join(', ')}.`);
  const contestants = [
    sifaka,
    ansible({ gathers: false }),
    sshLoop({ shared: false }),
    sshLoop({ shared: true }),
    sifakaCommand(),
    ansible({ gathers: true }),
  ].filter(({ name }) => name.includes(settings.only));

  const versions = [versionOf('ansible-playbook', '--version'), versionOf('ssh', '-V')];
  console.log(
    `${process.version}, ${versions.join(', ')}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}, load ${load()}`,
  );
  for (const { name, method, once } of contestants)
    console.log(`- ${name}: ${method}${once ? ' (one round)' : ''}`);
  const all: Result[][] = [];
  for (const [index, nodes] of settings.nodes.entries()) {
    const rounds = index === 0 ? settings.rounds : 1;
    const began = performance.now();
    const cluster = await startCluster({ nodes: namesOf(nodes) });
    const booted = (performance.now() - began) / 1000;
    try {
      // On the larger cluster the growth is asked about, and nothing for orientation.
      const able = index === 0 ? contestants : contestants.filter(({ once }) => once !== true);
      const results = await compete(able, cluster, { rounds, signal: interrupt.signal });
      all.push(results);
      console.log(
        `\n## ${nodes} nodes, booted in ${booted.toFixed(1)} s, median of ${rounds}, load ${load()}\n`,
      );
      console.log(`${tableOf(results)}\n\n${partsOf(results)}`);
      if (index === 0) console.log(`\n${targetsOf(results)}`);
    } finally {
      await cluster.stop();
    }
  }
  const [smaller, ...larger] = all;
  if (smaller !== undefined)
    for (const one of larger) console.log(`\n## Growth\n\n${growthOf(smaller, one)}`);
  if (settings.json !== undefined)
    writeFileSync(settings.json, `${JSON.stringify(all.flat(), undefined, 1)}\n`);
}

function namesOf(count: number): string[] {
  return ['baobab', 'ebony', 'tapia', ...Array.from({ length: count }, (_, index) => `node${index}`)].slice(
    0,
    count,
  );
}

function load(): string {
  return loadavg()
    .map((one) => one.toFixed(1))
    .join(' ');
}

/** The first line of it, on whichever stream. */
function versionOf(program: string, option: string): string {
  const { stdout, stderr } = spawnSync(program, [option], { encoding: 'utf8' });
  return `${stdout}${stderr}`.trim().split('\n')[0] ?? '';
}
