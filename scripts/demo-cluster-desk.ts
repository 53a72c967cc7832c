/**
 * The demo on booted nodes, and the other terminal's half of it: `cut baobab ebony`, `plug baobab ebony`, `reboot tapia` …
 * go to the running one over a socket. Everything lies below out/demo-cluster and is gone after Ctrl-C.
 */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { openBrowser } from '../electron/cli/open-browser.ts';
import { fillDemo } from '../tests/rig/proxmox/demo-guests.ts';
import { type Cluster, startCluster } from '../tests/rig/cluster/start-cluster.ts';

const root = join(import.meta.dirname, '..');
const demo = join(root, 'out', 'demo-cluster');
const cli = join(root, 'out', 'main', 'cli.js');
/** Named from within `demo`: a socket's whole path may be no longer than 107 characters. */
const socketName = 'control';
const environmentName = 'environment.json';

const usage = `In another terminal, while it runs:
  npm run demo:cluster -- cut baobab ebony     pull the cable between two nodes
  npm run demo:cluster -- plug baobab ebony    plug it in again
  npm run demo:cluster -- reboot tapia         also: off tapia, on tapia
  npm run demo:cluster -- lose tapia           its management network; found tapia brings it back`;

const changes: Readonly<Record<string, (cluster: Cluster, one: string, other: string) => Promise<void>>> = {
  cut: (cluster, one, other) => cluster.cut(one, other),
  plug: (cluster, one, other) => cluster.plug(one, other, { mtu: 1500 }),
  reboot: (cluster, node) => cluster.node(node).reboot(),
  off: (cluster, node) => cluster.node(node).powerOff(),
  on: (cluster, node) => cluster.node(node).boot(),
  lose: (cluster, node) => cluster.node(node).cutManagement(),
  found: (cluster, node) => cluster.node(node).restoreManagement(),
};

async function runDemo(): Promise<void> {
  if (await answers()) throw new Error('The demo is running already: Ctrl-C in its terminal ends it.');
  rmSync(demo, { recursive: true, force: true });
  mkdirSync(demo, { recursive: true });
  process.chdir(demo);
  const interrupts = new EventEmitter<{ end: [NodeJS.Signals] }>();
  let isEnding = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      isEnding = true;
      interrupts.emit('end', signal);
    });
  console.log(
    'Booting baobab, ebony and tapia, three Debian systems (the first time their common root is made: a minute) …',
  );
  // A Thunderbolt port appears with 1500, and what is deployed has to raise it.
  const cluster = await startCluster({ cableMtu: 1500, proxmox: { folders: ['/mnt/attic'] } });
  let control: Server | undefined;
  try {
    const lab = join(demo, 'lab');
    await sifaka('lab', 'demo', lab);
    cluster.writeLab(lab);
    await fillDemo(cluster);
    control = await listen(cluster);
    writeFileSync(join(demo, 'ssh-config'), sshConfig(cluster));
    writeFileSync(join(demo, environmentName), JSON.stringify(environmentOf(lab, cluster)), { mode: 0o600 });
    console.log(
      `The lab: ${lab}\n\n${usage}\n  npm run demo:cluster -- sifaka bridge status    any command of Sifaka's, on this lab, as sifaka backups discover
  ssh -F out/demo-cluster/ssh-config tapia        a shell on a node, past Sifaka`,
    );
    if (!isEnding) await serve(environmentOf(lab, cluster), interrupts);
  } finally {
    control?.close();
    await cluster.stop();
    process.chdir(root);
    rmSync(demo, { recursive: true, force: true });
    console.log('The nodes and the lab of the demo are gone.');
  }
}

/** The app in the browser, until it or this program is told to end. Only it gets the nodes' operator as its user. */
async function serve(
  environment: Readonly<Record<string, string>>,
  interrupts: EventEmitter<{ end: [NodeJS.Signals] }>,
): Promise<void> {
  const child = spawn(process.execPath, [cli, 'serve'], {
    stdio: ['inherit', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const ended = once(child, 'exit');
  // A terminal sends it to both of us, and twice the same is one to it.
  const end = (signal: NodeJS.Signals) => child.kill(signal);
  interrupts.on('end', end);
  let forget: (() => Promise<void>) | undefined;
  createInterface({ input: child.stdout }).once('line', (url) => {
    console.log(`\n${url}`);
    void openBrowser(url, { onFailure: () => undefined }).then((forgetPage) => (forget = forgetPage));
  });
  await ended;
  interrupts.off('end', end);
  await forget?.();
}

/** Of a Sifaka on this lab, with the nodes' operator as its user. */
function environmentOf(lab: string, { environment }: Cluster): Record<string, string> {
  return { ...environment, SIFAKA_HOME: join(demo, 'home'), SIFAKA_LAB: lab };
}

/** A command of Sifaka's in another terminal, on the running demo's lab; its exit code is ours. */
async function runSifaka(words: readonly string[]): Promise<void> {
  if (!(await answers())) throw new Error(`The demo is not running.\n${usage}`);
  const environment: unknown = JSON.parse(readFileSync(join(demo, environmentName), 'utf8'));
  const child = spawn(process.execPath, [cli, ...words], {
    stdio: 'inherit',
    env: { ...process.env, ...z.record(z.string(), z.string()).parse(environment) },
  });
  // A terminal sends it to both of us; what it means is for the command to say.
  process.on('SIGINT', () => undefined);
  await once(child, 'exit');
  process.exitCode = child.exitCode ?? 1;
}

/** For ssh(1), so that it needs none of the operator's own files. */
function sshConfig({ home, nodes }: Cluster): string {
  const known = join(home, '.ssh', 'known_hosts');
  writeFileSync(known, nodes.map(({ knownHosts }) => knownHosts).join(''));
  const entries = nodes.map(({ name, address, port }) => [
    `Host ${name}`,
    `HostName ${address}`,
    `Port ${port}`,
    'User root',
    `IdentityFile "${join(home, '.ssh', 'id_ed25519')}"`,
    `UserKnownHostsFile "${known}"`,
    '',
  ]);
  return entries.flat().join('\n');
}

async function sifaka(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, SIFAKA_HOME: join(demo, 'home') },
  });
  await once(child, 'exit');
  if (child.exitCode !== 0) throw new Error(`sifaka ${args.join(' ')} failed.`);
}

/** Takes one line of words per connection, and answers with a line when it is done. */
async function listen(cluster: Cluster): Promise<Server> {
  const server = createServer((client) => {
    client.on('error', () => undefined);
    createInterface({ input: client }).once('line', (line) => {
      change(cluster, line.split(' ')).then(
        () => client.end('done\n'),
        (error: unknown) => client.end(`${error instanceof Error ? error.message : String(error)}\n`),
      );
    });
  });
  server.listen(socketName);
  await once(server, 'listening');
  // Whoever started the demo with sudo changes it without.
  chmodSync(socketName, 0o600);
  const user = Number(process.env['SUDO_UID']);
  if (process.env['SUDO_UID'] !== undefined && Number.isInteger(user)) chownSync(socketName, user, -1);
  return server;
}

async function change(cluster: Cluster, [verb = '', one = '', other = '']: readonly string[]): Promise<void> {
  const work = Object.hasOwn(changes, verb) ? changes[verb] : undefined;
  if (work === undefined) throw new Error(`The demo cannot ${verb}.\n${usage}`);
  await work(cluster, one, other);
}

async function tell(words: readonly string[]): Promise<void> {
  if (!existsSync(demo)) throw new Error(`The demo is not running.\n${usage}`);
  process.chdir(demo);
  const client = connect(socketName);
  client.write(`${words.join(' ')}\n`);
  const answer: string[] = [];
  client.on('data', (chunk) => answer.push(String(chunk)));
  await once(client, 'close').catch((error: unknown) => {
    throw new Error(`The demo does not answer: ${error instanceof Error ? error.message : String(error)}`);
  });
  const said = answer.join('');
  if (said !== 'done\n') throw new Error(said);
  console.log('Done.');
}

/** Whether a running demo is there. */
async function answers(): Promise<boolean> {
  if (!existsSync(demo)) return false;
  const before = process.cwd();
  process.chdir(demo);
  const client = connect(socketName);
  process.chdir(before);
  const isThere = await Promise.race([once(client, 'connect'), once(client, 'error')]).then(
    () => !client.errored,
    () => false,
  );
  client.destroy();
  return isThere;
}

const words = process.argv.slice(2);
try {
  if (words.length === 0) await runDemo();
  else if (words[0] === 'sifaka') await runSifaka(words.slice(1));
  else await tell(words);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
