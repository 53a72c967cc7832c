import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecResult, NodeIdentity } from '../cluster/node.ts';
import { runHere } from '../cluster/run-here.ts';
import { ownMounts } from '../own-mounts.ts';
import { PveNode } from './pve-node.ts';

const script = fileURLToPath(new URL('node.sh', import.meta.url));

/** A node without a boot: its own root, processes, host name and sshd, in this machine's network. */
export class CheapNode extends PveNode implements NodeIdentity {
  readonly name: string;
  readonly address = '127.0.0.1';
  readonly port: number;
  readonly managementAddress: string;
  readonly hostKey: string;
  readonly fingerprint: string;
  readonly knownHosts: string;
  readonly #world: number;
  readonly #root: string;
  #process: ChildProcess | undefined;
  #init = 0;

  constructor(identity: NodeIdentity, world: number, root: string) {
    super();
    this.name = identity.name;
    this.port = identity.port;
    this.managementAddress = identity.managementAddress;
    this.hostKey = identity.hostKey;
    this.fingerprint = identity.fingerprint;
    this.knownHosts = identity.knownHosts;
    this.#world = world;
    this.#root = root;
  }

  get isOn(): boolean {
    return this.#process !== undefined;
  }

  /** Resolves when its sshd listens. */
  async powerOn(): Promise<void> {
    if (this.isOn) throw new Error(`${this.name} is on`);
    const unshare = ['unshare', ...ownMounts, '--pid', '--uts', '--fork', '--kill-child'];
    const child = spawn(
      'nsenter',
      [`--target=${this.#world}`, '--mount', '--pid', '--', ...unshare, '--'].concat([
        '/bin/sh',
        script,
        this.#root,
        this.name,
        String(this.port),
        randomUUID(),
      ]),
      { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } },
    );
    this.#process = child;
    child.on('exit', () => {
      if (this.#process === child) this.#process = undefined;
    });
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${this.name} ended: ${said.join('\n')}`)));
      createInterface({ input: child.stdout }).on('line', (line) => (this.#init ||= Number(line)));
      createInterface({ input: child.stderr }).on('line', (line) => {
        said.push(line);
        if (line.startsWith('Server listening on')) resolve();
      });
    });
  }

  /** Everything that runs there ends at once, as without power; its disks stay. */
  async powerOff(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const gone = new Promise((done) => child.once('exit', done));
    process.kill(this.#init, 'SIGKILL');
    await gone;
    this.#init = 0;
    rmSync(this.path(`/var/lib/pve-rig/cluster/online/${this.name}`), { force: true });
  }

  async reboot(): Promise<void> {
    await this.powerOff();
    await this.powerOn();
  }

  /** Runs a program as root there, past its SSH; any end of it is an answer. */
  async exec(
    argv: readonly string[],
    { input }: { readonly input?: string | Uint8Array } = {},
  ): Promise<ExecResult> {
    if (!this.isOn) throw new Error(`${this.name} is off`);
    const enter = ['nsenter', `--target=${this.#init}`, '--mount', '--uts', '--pid', '--root', '--wd', '--'];
    const end = await runHere([...enter, ...argv], input === undefined ? undefined : Buffer.from(input));
    return { code: end.code, stdout: text(end.stdout), stderr: text(end.stderr) };
  }

  /** The same where anything but success is a broken test; answers what it printed. */
  async ok(...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.exec(argv);
    if (code !== 0) throw new Error(`${this.name}: ${argv.join(' ')}: ${code}, ${stderr}${stdout}`);
    return stdout;
  }

  path(file: string): string {
    return `/proc/${this.#world}/root${this.#root}${file}`;
  }

  /** Kills sshd and every session of it, and what a session runs with it; what left its session goes on. */
  async killSshd(): Promise<void> {
    await this.ok('touch', '/run/no-sshd');
    await this.exec(['pkill', '-KILL', '-x', 'sshd']);
  }

  /** Resolves when it answers. */
  async startSshd(): Promise<void> {
    await this.ok('rm', '-f', '/run/no-sshd');
    for (;;) {
      if (await this.#saysWhoItIs()) return;
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }

  /** Its sshd is a process for a while before it listens. */
  #saysWhoItIs(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, this.address);
      socket.once('data', () => {
        resolve(true);
        socket.destroy();
      });
      socket.on('error', () => undefined);
      // It comes after each of them, and changes nothing that was answered.
      socket.once('close', () => resolve(false));
    });
  }

  /** Its SSH takes connections and says nothing, on old ones and new ones, until `answer`; all else goes on. */
  async silence(): Promise<void> {
    await this.exec(['pkill', '-STOP', '-x', 'sshd']);
  }

  async answer(): Promise<void> {
    await this.exec(['pkill', '-CONT', '-x', 'sshd']);
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
