import { existsSync, lstatSync, readFileSync, type Stats, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramEnd } from './calls.ts';
import { nodePlaces } from './places.ts';
import type { Supervisor } from './supervisor.ts';

export interface NodeIdentity {
  readonly name: string;
  /** Where its SSH is reached from here: a port of the loopback. */
  readonly address: '127.0.0.1';
  readonly port: number;
  /** Its address in the management network, which nothing here can reach. */
  readonly managementAddress: string;
  /** Type and base64. */
  readonly hostKey: string;
  readonly fingerprint: string;
  /** A line of a known_hosts file. */
  readonly knownHosts: string;
}

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A booted node, for a test: all of it goes past the node's network and its SSH. */
export class ClusterNode implements NodeIdentity {
  readonly name: string;
  readonly address = '127.0.0.1';
  readonly port: number;
  readonly managementAddress: string;
  readonly hostKey: string;
  readonly fingerprint: string;
  readonly knownHosts: string;
  readonly #supervisor: Supervisor;

  constructor(identity: NodeIdentity, supervisor: Supervisor) {
    this.name = identity.name;
    this.port = identity.port;
    this.managementAddress = identity.managementAddress;
    this.hostKey = identity.hostKey;
    this.fingerprint = identity.fingerprint;
    this.knownHosts = identity.knownHosts;
    this.#supervisor = supervisor;
  }

  /** Runs a program as root in the node, with a plain environment; any end of it is an answer. */
  async exec(
    argv: readonly string[],
    { input }: { readonly input?: string | Uint8Array } = {},
  ): Promise<ExecResult> {
    const end: ProgramEnd = await this.#supervisor.call('run', {
      node: this.name,
      argv,
      ...(input === undefined ? {} : { input: Buffer.from(input) }),
    });
    return { code: end.code, stdout: textOf(end.stdout), stderr: textOf(end.stderr) };
  }

  /** The same where anything but success is a broken test; answers what it printed. */
  async ok(...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.exec(argv);
    if (code !== 0) throw new Error(`${this.name}: ${argv.join(' ')}: ${code}, ${stderr}${stdout}`);
    return stdout;
  }

  /** What `ip -j` or `bridge -j` prints. */
  async ip<Answer = readonly Record<string, unknown>[]>(...args: string[]): Promise<Answer> {
    return JSON.parse(await this.ok('ip', '-j', ...args)) as Answer;
  }

  async bridge<Answer = readonly Record<string, unknown>[]>(...args: string[]): Promise<Answer> {
    return JSON.parse(await this.ok('bridge', '-j', ...args)) as Answer;
  }

  /**
   * Where a file of the node's disk can be opened here, also when the node is off. Its /run, /tmp, /dev and /proc are not
   * on the disk, and an absolute link in the path would lead out of it.
   */
  path(file: string): string {
    return this.#supervisor.path(join(nodePlaces(this.name).root, file));
  }

  exists(file: string): boolean {
    return existsSync(this.path(file));
  }

  readFile(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  writeFile(file: string, content: string, mode = 0o644): void {
    writeFileSync(this.path(file), content, { mode });
  }

  /** Of the file itself, also where it is a link. */
  stat(file: string): Stats {
    return lstatSync(this.path(file));
  }

  /** How often it has started what it starts, reboots of its own included; and whether it is on. */
  status() {
    return this.#supervisor.call('status', { node: this.name });
  }

  /** `hard`: as a button held down, nothing is told. Resolves when everything has started again. */
  reboot({ hard = false } = {}): Promise<void> {
    return this.#supervisor.call('reboot', { node: this.name, hard });
  }

  powerOff({ hard = false } = {}): Promise<void> {
    return this.#supervisor.call('powerOff', { node: this.name, hard });
  }

  boot(): Promise<void> {
    return this.#supervisor.call('boot', { node: this.name });
  }

  /** Resolves when it has started so often (`status().starts`), for a reboot that something else began. */
  started(times: number): Promise<void> {
    return this.#supervisor.call('started', { node: this.name, times });
  }

  /** Kills sshd and every session of it; nothing starts it again but `startSshd` or a reboot. */
  async killSshd(): Promise<void> {
    await this.ok('systemctl', 'mask', '--runtime', '--quiet', 'ssh.service');
    const { code, stderr } = await this.exec(['pkill', '-KILL', '-x', 'sshd']);
    if (code > 1) throw new Error(stderr);
  }

  async startSshd(): Promise<void> {
    await this.ok('systemctl', 'unmask', '--runtime', '--quiet', 'ssh.service');
    await this.ok('systemctl', 'reset-failed', 'ssh.service');
    await this.ok('systemctl', 'start', 'ssh.service');
  }

  /** From now on every packet between the node's management port and the world is lost; the port's link stays up. */
  cutManagement(): Promise<void> {
    return this.#supervisor.call('management', { node: this.name, passes: false });
  }

  restoreManagement(): Promise<void> {
    return this.#supervisor.call('management', { node: this.name, passes: true });
  }

  /** Resets every connection to its SSH that is open now. */
  dropConnections(): Promise<void> {
    return this.#supervisor.call('dropConnections', { node: this.name });
  }

  /**
   * From now on `date` in the node is wrong by so many seconds, also after a reboot. It is the only thing that is: a
   * container has the kernel's clock, so the times of files, the journal and systemd's calendar stay right.
   */
  setClock(seconds: number): void {
    this.writeFile('/etc/rig-clock', `${seconds < 0 ? '' : '+'}${seconds}s\n`);
  }

  /**
   * Takes every block left on the node's disk. What was never changed lies on the common root and is copied when it is,
   * for which there is then no space either.
   */
  fillDisk(): Promise<void> {
    return this.#supervisor.call('fillDisk', { node: this.name });
  }

  freeDisk(): Promise<void> {
    return this.#supervisor.call('freeDisk', { node: this.name });
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
