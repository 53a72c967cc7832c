import type { Architecture } from './architecture.ts';
import { amd64, arm64 } from './architecture.ts';
import { type BootLab, type BootNode, bootNodes, makeBootLab } from './boot-lab.ts';
import { goldenImage, goldenImageTools } from './make-golden-image.ts';
import { agentQuestions, commonQuestions, questionsWithoutDisk } from './node-questions.ts';
import type { Answer } from './node-shell.ts';
import type { CommandEnd } from './sifaka-command.ts';
import { Workbench } from './workbench.ts';

/** Programs that the proof needs on every architecture. It needs root besides, and the network once. */
export const bootProofTools = [
  ...goldenImageTools,
  'e2fsck',
  'flock',
  'fsck.vfat',
  'losetup',
  'setpriv',
  'ssh',
  'ssh-keygen',
];

type Answers<Questions extends (lab: BootLab) => object> = Readonly<
  Record<keyof ReturnType<Questions>, Answer>
>;
export type WithoutDisk = Answers<typeof questionsWithoutDisk>;
export type BootAnswers = Answers<typeof commonQuestions>;

/** What was seen of a k3s agent that was booted twice from one burn. */
export interface AgentProof {
  /** `card verify` after the burn, before anything booted. */
  readonly verifiedBefore: CommandEnd;
  readonly first: Answers<typeof agentQuestions>;
  readonly second: Answers<typeof agentQuestions>;
  readonly verifiedAfter: CommandEnd;
  /** What e2fsck and fsck.vfat say of the card after two clean shutdowns. */
  readonly checks: readonly Answer[];
}

export interface BoardProof {
  readonly lab: BootLab;
  readonly agent: AgentProof;
}

export interface PcProof extends BoardProof {
  /** The agent's first boot, before its Longhorn disk was plugged in. */
  readonly withoutDisk: WithoutDisk;
  /** A k3s server, and a node outside of the cluster, burned onto the same card after the agent had used it. */
  readonly server: BootAnswers;
  readonly outside: BootAnswers;
}

/**
 * Makes a golden image for a PC and a lab, burns one card for three nodes in turn, boots them and asks them. Ends with
 * nothing left: no machine, no loop device, no folder; only the golden image stays in its cache.
 */
export function provePc(): Promise<PcProof> {
  return atWorkbench(amd64, async (work, lab) => {
    let withoutDisk: WithoutDisk | undefined;
    const agent = await proveAgent(work, lab, async (ask) => {
      withoutDisk = await work.step('asked without its disk', ask(questionsWithoutDisk(lab)));
    });
    if (withoutDisk === undefined) throw new Error('the agent was not asked without its disk');
    const server = await proveOnce(work, lab, bootNodes.server);
    const outside = await proveOnce(work, lab, bootNodes.outside);
    return { lab, agent, withoutDisk, server, outside };
  });
}

/** The same for an arm64 board and its agent alone, whose disk is there from the start: nothing can be plugged in there. */
export function proveBoard(): Promise<BoardProof> {
  return atWorkbench(arm64, async (work, lab) => ({ lab, agent: await proveAgent(work, lab) }));
}

async function atWorkbench<Proof>(
  architecture: Architecture,
  prove: (work: Workbench, lab: BootLab) => Promise<Proof>,
): Promise<Proof> {
  const work = new Workbench(architecture);
  try {
    const image = await work.step('golden image', goldenImage(architecture));
    const lab = await work.step('lab', makeBootLab(work.sifaka, architecture, image));
    return await prove(work, lab);
  } finally {
    await work.clear();
  }
}

/** `beforeDisk`: asks the node at its first boot while its disk is still missing. */
async function proveAgent(
  work: Workbench,
  lab: BootLab,
  beforeDisk?: (
    ask: <Q extends string>(questions: Record<Q, string>) => Promise<Record<Q, Answer>>,
  ) => Promise<void>,
): Promise<AgentProof> {
  const disk = work.disk(lab.diskUuid);
  await work.burn(bootNodes.agent);
  const verifiedBefore = await work.verify(bootNodes.agent);

  const { machine, node } = await work.boot(lab, bootNodes.agent, { file: disk, present: !beforeDisk });
  if (beforeDisk) {
    await beforeDisk((questions) => node.ask(questions));
    await machine.plugIn();
  }
  const first = await work.step('asked', node.ask(agentQuestions(lab)));
  await work.step('powered off', node.powerOff(240));

  const { node: again } = await work.boot(lab, bootNodes.agent, { file: disk, present: true });
  const second = await work.step('asked again', again.ask(agentQuestions(lab)));
  await work.step('powered off', again.powerOff(240));
  const verifiedAfter = await work.verify(bootNodes.agent);
  return { verifiedBefore, first, second, verifiedAfter, checks: work.checkFileSystems() };
}

async function proveOnce(work: Workbench, lab: BootLab, of: BootNode): Promise<BootAnswers> {
  await work.burn(of);
  const { node } = await work.boot(lab, of);
  const answers = await work.step('asked', node.ask(commonQuestions(lab)));
  await work.step('powered off', node.powerOff(240));
  return answers;
}
