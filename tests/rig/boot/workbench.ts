import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Architecture } from './architecture.ts';
import type { BootLab, BootNode } from './boot-lab.ts';
import { LoopDevice } from './loop-device.ts';
import { cardLayout } from './make-golden-image.ts';
import { type Answer, NodeShell } from './node-shell.ts';
import { type CommandEnd, Sifaka } from './sifaka-command.ts';
import { VirtualMachine } from './virtual-machine.ts';

const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/** One card, full of random bytes as a used one is, in a loop device; and what was started around it. */
export class Workbench {
  readonly #architecture: Architecture;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sifaka-boot-'));
  readonly #machines: VirtualMachine[] = [];
  readonly #started = Date.now();
  readonly #card: LoopDevice;
  readonly sifaka: Sifaka;

  constructor(architecture: Architecture) {
    this.#architecture = architecture;
    try {
      this.sifaka = new Sifaka(this.#folder);
      const file = this.#path('card');
      execFileSync('dd', ['if=/dev/urandom', `of=${file}`, 'bs=1M', 'count=768', 'status=none']);
      this.#card = new LoopDevice(file);
    } catch (error) {
      rmSync(this.#folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Says when it was done, so that a slow run shows where it was slow. */
  async step<Result>(what: string, work: Promise<Result>): Promise<Result> {
    const result = await work;
    const seconds = Math.round((Date.now() - this.#started) / 1000);
    console.log(`boot proof, ${this.#architecture.name}, ${seconds} s: ${what}`);
    return result;
  }

  async burn({ name }: BootNode): Promise<void> {
    const command = ['card', 'burn', name, '--drive', this.#card.path, '--yes'];
    await this.step(`${name} burned`, this.sifaka.run(command));
  }

  verify({ name }: BootNode): Promise<CommandEnd> {
    return this.sifaka.ended(['card', 'verify', name, '--drive', this.#card.path]);
  }

  /** Resolves when the node lets its operator in. */
  async boot(
    { user, operatorKey: keyFile, hostKey }: BootLab,
    { name, address }: BootNode,
    disk?: { file: string; present: boolean },
  ): Promise<{ machine: VirtualMachine; node: NodeShell }> {
    const machine = new VirtualMachine({
      architecture: this.#architecture,
      card: this.#card.path,
      address,
      console: this.#path(`console-${this.#machines.length + 1}`),
      ...(disk ? { disk } : {}),
    });
    this.#machines.push(machine);
    const port = await machine.sshPort();
    const node = new NodeShell({ machine, port, user, keyFile, hostKey, folder: this.#folder });
    await this.step(`${name} booted, and lets its operator in`, node.reachable(300));
    return { machine, node };
  }

  /** A small disk with a file system of the UUID that the inventory names. */
  disk(uuid: string): string {
    const file = this.#path('longhorn');
    writeFileSync(file, '');
    truncateSync(file, 64 << 20);
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-U', uuid, file], { env: environment });
    return file;
  }

  /** e2fsck of the root file system, fsck.vfat of the boot partition. */
  checkFileSystems(): Answer[] {
    const { boot, root } = cardLayout;
    const part = this.#path('boot.fat');
    const dd = [`if=${this.#card.path}`, `of=${part}`, 'bs=1M', 'status=none'];
    execFileSync('dd', [...dd, `skip=${boot.start >> 20}`, `count=${boot.size >> 20}`]);
    return [
      check('e2fsck', ['-fn', `${this.#card.path}?offset=${root.start}`]),
      check('fsck.vfat', ['-n', part]),
    ];
  }

  async clear(): Promise<void> {
    for (const machine of this.#machines) await machine.kill();
    this.#card.release();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

function check(program: string, args: string[]): Answer {
  const { status, stdout, stderr } = spawnSync(program, args, { env: environment, encoding: 'utf8' });
  return { status: status ?? -1, text: stdout + stderr };
}
