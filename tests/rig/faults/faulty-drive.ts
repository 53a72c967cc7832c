import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { loopControl } from '../loop-numbers.ts';
import { requireTools, unproven } from '../required-tools.ts';
import type { FaultyMedium } from './faulty-medium.ts';
import { serveBlocks } from './nbd-server.ts';

const execute = promisify(execFile);

interface Connection {
  readonly device: string;
  /** Below the device. */
  readonly file: string;
  readonly fuse: ChildProcess;
  readonly server: Server;
  readonly mount: string;
  /** KiB, as the device had it. */
  readonly readAhead: string;
}
const fileName = 'card.img';

/** Skips the test loudly where no such drive can be made. */
export function requireFaultyDrives(context: TestContext): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) unproven(context, 'needs root on Linux');
  requireTools(context, 'flock', 'losetup', 'lsblk', 'nbdfuse', 'umount');
  if (!existsSync('/dev/fuse')) unproven(context, 'needs FUSE');
}

/**
 * A real block device over memory of this process: a loop device over a file of nbdfuse(1) over {@link serveBlocks}. What
 * the kernel wants of the drive is decided upon here, request by request. Nothing in this process may open the device with
 * a synchronous call: it would wait for itself.
 */
export class FaultyDrive implements AsyncDisposable {
  readonly medium: FaultyMedium;
  readonly #folder: string;
  #connection: Connection | undefined;
  #count = 0;

  private constructor(medium: FaultyMedium, folder: string) {
    this.medium = medium;
    this.#folder = folder;
  }

  /** Not plugged in yet. */
  static async make(medium: FaultyMedium): Promise<FaultyDrive> {
    return new FaultyDrive(medium, await mkdtemp(join(tmpdir(), 'sifaka-drive-')));
  }

  /** As in `/dev/loop9`. */
  get path(): string {
    if (this.#connection === undefined) throw new Error('the drive is not plugged in');
    return this.#connection.device;
  }

  /** As what the kernel finds first, or at the path of a drive that was pulled out. */
  async plugIn(at?: string): Promise<void> {
    this.#count += 1;
    const mount = join(this.#folder, `mount-${this.#count}`);
    const socket = join(this.#folder, `nbd-${this.#count}`);
    await mkdir(mount);
    const server = await serveBlocks(this.medium, socket);
    const fuse = spawn('nbdfuse', [join(mount, fileName), '--unix', socket], { stdio: 'ignore' });
    try {
      const file = join(mount, fileName);
      while (!(await isFile(file))) {
        if (fuse.exitCode !== null) throw new Error('nbdfuse ended');
        await tick();
      }
      const place = at === undefined ? ['--find', '--show'] : [at];
      const { stdout } = await runSystem('flock', loopControl, 'losetup', '--direct-io=on', ...place, file);
      const device = at ?? stdout.trim();
      // A look at what is on the drive stays small then, and is told from the reads of a burn.
      const readAhead = await readFile(readAheadOf(device), 'latin1');
      this.#connection = { device, file, fuse, server, mount, readAhead };
      await writeFile(readAheadOf(device), '0');
    } catch (error) {
      await takeAway(fuse, server, mount);
      throw error;
    }
  }

  /** As a cable is: at once, whatever is under way. May be called while a request is answered. */
  cut(): void {
    this.#connection?.fuse.kill('SIGKILL');
    this.#connection?.server.close();
  }

  /**
   * What the medium holds was changed behind the kernel's back. As long as anybody has the device open, and be it another
   * program that lists the drives of the machine, what was read of it before would be read again.
   */
  async forgetCached(): Promise<void> {
    if (this.#connection === undefined) return;
    await runSystem('blockdev', '--flushbufs', this.#connection.device);
  }

  /** Lets go of the device, which must not be held by anything, and of all that is below it. */
  async unplug(): Promise<void> {
    if (this.#connection === undefined) return;
    const { device, file, fuse, server, mount, readAhead } = this.#connection;
    this.#connection = undefined;
    await writeFile(readAheadOf(device), readAhead);
    await detach(device, file);
    await takeAway(fuse, server, mount);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unplug();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function readAheadOf(device: string): string {
  return `/sys/block/${basename(device)}/queue/read_ahead_kb`;
}

/**
 * Waits until the kernel has let go, which it does when the last one closes the device: a survey may have it open. Another
 * test may have taken the same device by the time of a look.
 */
async function detach(device: string, file: string): Promise<void> {
  const isAttached = async () =>
    (await runSystem('losetup', '--list', '--noheadings', '--output', 'NAME,BACK-FILE')).stdout
      .split('\n')
      // ` (deleted)` follows the file when its medium was cut.
      .some((line) => line.startsWith(`${device} `) && line.includes(file));
  await runSystem('losetup', '--detach', device);
  while (await isAttached()) await tick();
}

async function takeAway(fuse: ChildProcess, server: Server, mount: string): Promise<void> {
  await runSystem('umount', '--lazy', mount).catch(() => undefined);
  if (fuse.exitCode === null && fuse.signalCode === null) {
    fuse.kill('SIGKILL');
    await once(fuse, 'exit');
  }
  server.close();
}

async function isFile(file: string): Promise<boolean> {
  return await execute('test', ['-f', file]).then(
    () => true,
    () => false,
  );
}

async function runSystem(name: string, ...args: string[]): Promise<{ stdout: string }> {
  const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  return await execute(name, args, { env });
}

async function tick(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}
