import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NodePlan, NodeStatus, ProgramEnd } from './calls.ts';
import type { Network } from './network.ts';
import { nodePlaces } from './places.ts';
import { plainEnvironment, runHere, succeed } from './run-here.ts';

/** systemd-nspawn ends with it when the system in it rebooted. */
const rebooted = 133;
/** A node that has not started by then never will; a loaded machine takes 10 s. */
const longestStart = 120_000;
const moment = 40;

/** One node: a disk, and while it is on a network and a systemd-nspawn. */
export class Machine {
  readonly #plan: NodePlan;
  readonly #network: Network;
  readonly #cgroups: readonly string[];
  readonly #places;
  #container: ChildProcess | undefined;
  #starts = 0;
  /** What the console said since the last start. */
  #console = '';
  /** Set when the next end of the container is to be followed by a start, whatever it ended with. */
  #again = false;

  constructor(plan: NodePlan, network: Network, cgroups: readonly string[]) {
    this.#plan = plan;
    this.#network = network;
    this.#cgroups = cgroups.map((group) => join(group, plan.name));
    this.#places = nodePlaces(plan.name);
  }

  get status(): NodeStatus {
    return { on: this.#container !== undefined, starts: this.#starts };
  }

  /** An empty disk over the common root, and on it what makes the node this one. */
  async makeDisk(lower: string): Promise<void> {
    const { disk, upper, work, root } = this.#places;
    const { diskMiB, files } = this.#plan;
    for (const folder of [disk, root]) await mkdir(folder, { recursive: true });
    // With short inode numbers overlay can make its own from both file systems', so that a file keeps its number.
    await succeed('mount', '-t', 'tmpfs', '-o', `size=${diskMiB}m,mode=755,inode32`, 'disk', disk);
    for (const folder of [upper, work]) await mkdir(folder);
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work},xino=on`;
    await succeed('mount', '-t', 'overlay', '-o', layers, 'overlay', root);
    for (const { path, content, mode } of files) {
      const file = join(root, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      await chmod(file, mode);
    }
    for (const group of this.#cgroups) await mkdir(group);
  }

  async boot(): Promise<void> {
    if (this.#container !== undefined) throw new Error(`${this.#plan.name} is on`);
    const times = this.#starts + 1;
    await this.#start();
    await this.started(times);
    await this.#demandUdev();
  }

  /** Without it a node looks well and takes no cable: each one needs some of what the kernel has for all of root's programs. */
  async #demandUdev(): Promise<void> {
    const { code } = await this.run(['systemctl', 'is-active', '--quiet', 'systemd-udevd.service']);
    if (code === 0) return;
    const { stdout } = await this.run(['journalctl', '--no-pager', '--lines=5', '_COMM=systemd-udevd']);
    throw new Error(
      `udev did not start in ${this.#plan.name}; when it has no inotify descriptor, raise the sysctl fs.inotify.max_user_instances: ${Buffer.from(stdout).toString()}`,
    );
  }

  async powerOff(hard: boolean): Promise<void> {
    const container = this.#container;
    if (container === undefined) return;
    await this.#end(hard, 'poweroff');
    await until(() => this.#container !== container);
  }

  async reboot(hard: boolean): Promise<void> {
    const times = this.#starts + 1;
    this.#again = true;
    await this.#end(hard, 'reboot');
    await this.started(times);
  }

  /** Waits until the node has started so often, and systemd with all it had to start. */
  async started(times: number): Promise<void> {
    const deadline = Date.now() + longestStart;
    while (this.#starts < times) {
      if (this.#container === undefined || Date.now() > deadline)
        throw new Error(`${this.#plan.name} did not start.\n${this.#console}`);
      await new Promise((wake) => setTimeout(wake, moment));
    }
  }

  async run(argv: readonly string[], input?: Uint8Array): Promise<ProgramEnd> {
    const init = this.#init();
    if (init === undefined) throw new Error(`${this.#plan.name} is off`);
    const enter = ['nsenter', `--target=${init}`, '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
    return runHere([...enter, ...timeNamespace('--time'), '--', ...argv], input);
  }

  /** Takes every block that is left on the disk. */
  async fillDisk(): Promise<void> {
    const { ballast } = this.#places;
    // Its failure is the aim: no space left. The second takes what is too little for the first.
    await runHere(['dd', 'if=/dev/zero', `of=${ballast}`, 'bs=1M']);
    await runHere(['dd', 'if=/dev/zero', `of=${ballast}`, 'bs=4k', 'oflag=append', 'conv=notrunc']);
  }

  async freeDisk(): Promise<void> {
    await rm(this.#places.ballast, { force: true });
  }

  async #start(): Promise<void> {
    const { name } = this.#plan;
    this.#console = '';
    await this.#network.add(name);
    const container = spawn(
      'sh',
      [
        '-c',
        'for group in $GROUPS_OF_NODE; do echo 0 >"$group/cgroup.procs" || exit; done; exec "$@"',
        'sh',
      ].concat(
        ownClock(),
        ['nsenter', `--net=/run/netns/${name}`],
        ['systemd-nspawn', '--quiet', `--directory=${this.#places.root}`, `--machine=${name}`],
        ['--keep-unit', '--register=no', '--link-journal=no', '--resolv-conf=off', '--timezone=off'],
        ['--console=pipe', '--capability=CAP_NET_ADMIN', '--kill-signal=SIGRTMIN+3'],
        '/usr/lib/sifaka-rig/init',
      ),
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...plainEnvironment,
          GROUPS_OF_NODE: this.#cgroups.join(' '),
          // systemd-udevd starts only where /sys can be written to.
          SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'yes',
        },
      },
    );
    this.#container = container;
    for (const stream of [container.stdout, container.stderr])
      stream.on('data', (chunk) => (this.#console = `${this.#console}${String(chunk)}`.slice(-8192)));
    container.on('error', (error) => (this.#console += error.message));
    container.on('exit', (code) => void this.#ended(code));
    void this.#countStart(container);
  }

  /** A start counts once systemd has started what it starts, and only if it was not interrupted. */
  async #countStart(container: ChildProcess): Promise<void> {
    while (this.#container === container) {
      const state = this.#init() === undefined ? '' : await this.#state();
      if (this.#container === container && (state === 'running' || state === 'degraded')) {
        this.#starts += 1;
        return;
      }
      await new Promise((wake) => setTimeout(wake, moment));
    }
  }

  async #state(): Promise<string> {
    // It may be gone by now.
    const end = await this.run(['systemctl', 'is-system-running', '--wait']).catch(() => undefined);
    return Buffer.from(end?.stdout ?? [])
      .toString()
      .trim();
  }

  async #ended(code: number | null): Promise<void> {
    const again = this.#again || code === rebooted;
    this.#again = false;
    await this.#network.remove(this.#plan.name);
    if (again) await this.#start();
    else this.#container = undefined;
  }

  async #end(hard: boolean, command: 'poweroff' | 'reboot'): Promise<void> {
    if (this.#container === undefined) throw new Error(`${this.#plan.name} is off`);
    const init = this.#init();
    if (hard || init === undefined) {
      if (init === undefined) this.#container.kill('SIGKILL');
      else process.kill(init, 'SIGKILL');
    } else await this.run(['systemctl', command]);
  }

  /** The process that is 1 in the node. */
  #init(): number | undefined {
    const container = this.#container?.pid;
    if (container === undefined) return undefined;
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      const status = readStatus(name);
      if (status.includes(`\nPPid:\t${container}\n`) && /\nNSpid:\t\d+\t1\n/.test(status))
        return Number(name);
    }
    return undefined;
  }
}

/** A booted machine's clocks start at 0, so a node's do as well: `uptime`, and timers that count from the start. */
function ownClock(): string[] {
  const monotonic = process.hrtime.bigint() / 1_000_000_000n;
  const boottime = Math.floor(Number.parseFloat(readFileSync('/proc/uptime', 'utf8')));
  return timeNamespace('unshare', '--time', `--monotonic=-${monotonic}`, `--boottime=-${boottime}`);
}

/** Kernels may be without. */
function timeNamespace(...words: string[]): string[] {
  return readdirSync('/proc/self/ns').includes('time') ? words : [];
}

function readStatus(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((wake) => setTimeout(wake, moment));
}
