import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BootLab, type BootNode, bootNodes, makeBootLab } from './boot-lab.ts';
import { LoopDevice } from './loop-device.ts';
import { cardLayout, goldenImage, goldenImageTools } from './make-golden-image.ts';
import { agentQuestions, commonQuestions, questionsWithoutDisk } from './node-questions.ts';
import { type Answer, NodeShell } from './node-shell.ts';
import { type CommandEnd, Sifaka } from './sifaka-command.ts';
import { VirtualMachine, virtualMachineTools } from './virtual-machine.ts';

/** Programs that the proof needs. It needs root besides, and the network once. */
export const bootProofTools = [
  ...goldenImageTools,
  ...virtualMachineTools,
  'e2fsck',
  'fsck.vfat',
  'losetup',
  'ssh',
  'ssh-keygen',
];

type Answers<Questions extends (lab: BootLab) => object> = Readonly<
  Record<keyof ReturnType<Questions>, Answer>
>;

/** Everything that was seen of one card, burned for three nodes in turn and booted. */
export interface BootProof {
  readonly lab: BootLab;
  readonly agent: {
    /** `card verify` after the burn, before anything booted. */
    readonly verifiedBefore: CommandEnd;
    /** First boot, before its Longhorn disk was plugged in. */
    readonly withoutDisk: Answers<typeof questionsWithoutDisk>;
    readonly first: Answers<typeof agentQuestions>;
    readonly second: Answers<typeof agentQuestions>;
    readonly verifiedAfter: CommandEnd;
    /** What e2fsck and fsck.vfat say of the card after two clean shutdowns. */
    readonly checks: readonly Answer[];
  };
  readonly server: Answers<typeof commonQuestions>;
  readonly outside: Answers<typeof commonQuestions>;
}

/**
 * Makes a lab and a golden image, burns cards, boots them and asks the nodes. Ends with nothing left: no machine, no loop
 * device, no folder; only the golden image stays in its cache.
 */
export async function proveBoot(): Promise<BootProof> {
  const work = new Workbench();
  try {
    return await prove(work);
  } finally {
    await work.clear();
  }
}

async function prove(work: Workbench): Promise<BootProof> {
  const image = await work.step('golden image', goldenImage());
  const lab = await work.step('lab', makeBootLab(work.sifaka, image));
  const { agent, server, outside } = bootNodes;
  const disk = longhornDisk(work.path('longhorn'), lab.diskUuid);

  await work.burn(agent);
  const verifiedBefore = await work.verify(agent);
  const late = await work.boot('first boot', lab, agent, { file: disk, present: false });
  const withoutDisk = await work.step('without its disk', late.node.ask(questionsWithoutDisk(lab)));
  await late.machine.plugIn();
  const first = await work.step('asked with its disk', late.node.ask(agentQuestions(lab)));
  await work.step('powered off', late.node.powerOff(120));

  const again = await work.boot('second boot', lab, agent, { file: disk, present: true });
  const second = await work.step('asked', again.node.ask(agentQuestions(lab)));
  await work.step('powered off', again.node.powerOff(120));
  const verifiedAfter = await work.verify(agent);
  const checks = work.checkFileSystems();

  const others: Answers<typeof commonQuestions>[] = [];
  for (const next of [server, outside]) {
    await work.burn(next);
    const { node } = await work.boot('boot', lab, next);
    others.push(await work.step('asked', node.ask(commonQuestions(lab))));
    await work.step('powered off', node.powerOff(120));
  }
  const [answersOfServer, answersOfOutside] = others;
  if (!answersOfServer || !answersOfOutside) throw new Error('a node was left out');
  return {
    lab,
    agent: { verifiedBefore, withoutDisk, first, second, verifiedAfter, checks },
    server: answersOfServer,
    outside: answersOfOutside,
  };
}

/** One card, full of random bytes as a used one is, and what was started around it. */
class Workbench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sifaka-boot-'));
  readonly #machines: VirtualMachine[] = [];
  readonly #started = Date.now();
  readonly #card: string;
  #device: LoopDevice | undefined;
  readonly sifaka: Sifaka;

  constructor() {
    this.sifaka = new Sifaka(this.#folder);
    this.#card = this.path('card');
    execFileSync('dd', ['if=/dev/urandom', `of=${this.#card}`, 'bs=1M', 'count=768', 'status=none']);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Says how long it took, so that a slow run shows where. */
  async step<Result>(what: string, work: Promise<Result>): Promise<Result> {
    const result = await work;
    console.log(`boot proof, ${Math.round((Date.now() - this.#started) / 1000)} s: ${what}`);
    return result;
  }

  /** What the command is told to erase. */
  get #drive(): string {
    return this.#card;
  }

  async burn({ name }: BootNode): Promise<void> {
    this.#device?.release();
    this.#device = undefined;
    await this.step(
      `${name} burned`,
      this.sifaka.run(['card', 'burn', name, '--drive', this.#drive, '--yes']),
    );
    this.#device = new LoopDevice(this.#card);
  }

  verify({ name }: BootNode): Promise<CommandEnd> {
    return this.sifaka.ended(['card', 'verify', name, '--drive', this.#drive]);
  }

  /** Resolves when the node lets its operator in. */
  async boot(
    what: string,
    { user, operatorKey: keyFile, hostKey }: BootLab,
    { name, address }: BootNode,
    disk?: { file: string; present: boolean },
  ): Promise<{ machine: VirtualMachine; node: NodeShell }> {
    if (this.#device === undefined) throw new Error('no card is burned');
    const machine = new VirtualMachine({
      card: this.#device.path,
      address,
      console: this.path(`${name} ${what}`),
      ...(disk ? { disk } : {}),
    });
    this.#machines.push(machine);
    const port = await machine.sshPort();
    const node = new NodeShell({ machine, port, user, keyFile, hostKey, folder: this.#folder });
    await this.step(`${name}, ${what}: lets its operator in`, node.reachable(240));
    return { machine, node };
  }

  checkFileSystems(): Answer[] {
    const { boot, root } = cardLayout;
    const part = this.path('boot.fat');
    const dd = [`if=${this.#card}`, `of=${part}`, 'bs=1M', 'status=none'];
    execFileSync('dd', [...dd, `skip=${boot.start >> 20}`, `count=${boot.size >> 20}`]);
    return [check('e2fsck', ['-fn', `${this.#card}?offset=${root.start}`]), check('fsck.vfat', ['-n', part])];
  }

  async clear(): Promise<void> {
    for (const machine of this.#machines) await machine.kill();
    this.#device?.release();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/** A small disk with a file system of the UUID that the inventory names. */
function longhornDisk(file: string, uuid: string): string {
  writeFileSync(file, '');
  truncateSync(file, 64 << 20);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-U', uuid, file], { env: environment });
  return file;
}

function check(program: string, args: string[]): Answer {
  const { status, stdout, stderr } = spawnSync(program, args, { env: environment, encoding: 'utf8' });
  return { status: status ?? -1, text: stdout + stderr };
}
