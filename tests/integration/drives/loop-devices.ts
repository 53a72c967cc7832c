import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { keepLoopNumbers, loopControl } from '../../rig/loop-numbers.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';

const execute = promisify(execFile);

/** A program of the system, also one for administrators; answers what it prints. */
export async function runTool(name: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  return (await execute(name, args, { env })).stdout.trim();
}

/** Loop devices of one test over sparse files in a folder of its own; everything is undone in reverse. */
export class LoopDevices implements AsyncDisposable {
  readonly folder: string;
  readonly #attached = new Set<string>();
  readonly #undo: (() => Promise<unknown>)[];

  private constructor(folder: string) {
    this.folder = folder;
    this.#undo = [() => rm(folder, { recursive: true })];
  }

  /** Skips the test loudly where there is no root or no loop device to be had. */
  static async open(context: TestContext, ...tools: readonly string[]): Promise<LoopDevices> {
    requireTools(context, 'flock', 'losetup', 'lsblk', ...tools);
    if (process.geteuid?.() !== 0) unproven(context, 'needs root for loop devices');
    return new LoopDevices(await mkdtemp(join(tmpdir(), 'sifaka-loop-')));
  }

  /** A file of the size in bytes; answers its path. */
  async file(name: string, size: number): Promise<string> {
    const file = join(this.folder, name);
    await writeFile(file, '');
    await truncate(file, size);
    return file;
  }

  /** Attaches a file; answers the device. */
  async attach(file: string, ...options: readonly string[]): Promise<string> {
    const device = await runTool('flock', loopControl, 'losetup', '--find', '--show', ...options, file);
    this.#attached.add(device);
    this.#undo.push(() => this.detach(device));
    return device;
  }

  async detach(device: string): Promise<void> {
    // By now it may be another test's.
    if (!this.#attached.delete(device)) return;
    const attached = (await runTool('losetup', '--list', '--noheadings', '--output', 'NAME')).split('\n');
    if (attached.includes(device)) await runTool('losetup', '--detach', device);
  }

  /** Detaches a device, does something meanwhile, and attaches the file at the same place. */
  async attachAgain(device: string, file: string, meanwhile?: () => Promise<unknown>): Promise<void> {
    await using _ = await keepLoopNumbers();
    await this.detach(device);
    await meanwhile?.();
    await runTool('losetup', device, file);
    this.#attached.add(device);
  }

  /** Does something now, and its opposite at the end. */
  async during(now: () => Promise<unknown>, then: () => Promise<unknown>): Promise<void> {
    await now();
    this.#undo.push(then);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#undo.toReversed()) await undo();
  }
}
