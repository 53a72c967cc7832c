import { z } from 'zod';
import { Problem } from '../../../shared/problem.ts';
import { onOneLine } from '../lab/plain-text.ts';
import type { DeployingNode } from './ask-deploying-node.ts';
import type { DeployWords } from './deploy-words.ts';

const phaseSchema = z.enum(['none', 'armed', 'changing', 'applied']);
const restoredSchema = z.enum(['restoring-timeout', 'restoring-asked', 'restoring-failed', 'restoring-boot']);
const decisionSchema = z.enum(['none', 'undecided', 'confirmed', ...restoredSchema.options]);

/** How things stand on a node by its own word; texts of it are one harmless line. */
export interface NodeState {
  readonly boot: string;
  readonly armed?: {
    readonly deploy: string;
    readonly phase: z.infer<typeof phaseSchema>;
    readonly decision: z.infer<typeof decisionSchema>;
    readonly secondsLeft: number;
    /** Whether the unit that applies it still runs. */
    readonly isApplying: boolean;
    readonly who: string;
  };
  /** The id of the deploy that was confirmed last. */
  readonly deployed?: string;
  /** The deploy that was taken back last, and why. */
  readonly takenBack?: {
    readonly deploy: string;
    readonly why: z.infer<typeof restoredSchema> | 'none';
    /** Its files are the old ones; its links could not all be brought back. */
    readonly linksDiffer: boolean;
    /** What was kept of a file was gone: it could not be brought back. */
    readonly filesDiffer: boolean;
  };
  /** The newest lines that applying or restoring printed. */
  readonly log: readonly string[];
}

export interface NodeAnswer extends NodeState {
  /** `armed`, `taken`, `differs 3` …: the first word and its parameter. */
  readonly outcome: readonly [string, ...string[]];
  /** What its programs complained about, on one line. */
  readonly said: string;
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const linesLimit = 20;

/** NODE_ANSWER_INVALID when it is no answer of the node's program to its end. */
export function parseNodeAnswer(
  { node, words }: Pick<DeployingNode, 'node' | 'words'>,
  output: Buffer,
  said: string,
): NodeAnswer {
  const invalid = (what: string) => answerInvalid(node, words, what);
  const lines = output.toString('utf8').split('\n');
  const field = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const outcome = field('outcome')?.split(' ') ?? [];
  const boot = field('boot');
  const [word, ...parameters] = outcome;
  if (lines.at(-2) !== 'end' || word === undefined || boot === undefined || !/^[0-9a-f-]{36}$/.test(boot))
    throw invalid(said);
  const deployed = new RegExp(`^(${uuid})$`).exec(field('deployed') ?? '')?.[1];
  return {
    outcome: [onOneLine(word, 40), ...parameters.map((parameter) => onOneLine(parameter, 80))],
    boot,
    said: onOneLine(said, 300),
    ...armedOf(field('armed'), field('who'), invalid),
    ...(deployed === undefined ? {} : { deployed }),
    ...takenBackOf(field('rolled-back')),
    log: textOf(field('log'))
      .split('\n')
      .map((line) => onOneLine(line, 300))
      .filter((line) => line !== '')
      .slice(-linesLimit),
  };
}

/** Where a deploy stands on a node; `undefined` while that is not decided, and for what is neither. */
export function endOf({ armed, deployed, takenBack }: NodeState, deploy: string): 'new' | 'old' | undefined {
  if (deployed === deploy) return 'new';
  if (armed?.deploy !== deploy)
    return takenBack?.deploy === deploy && takenBack.filesDiffer ? undefined : 'old';
  if (armed.decision === 'confirmed') return 'new';
  return armed.decision.startsWith('restoring') ? 'old' : undefined;
}

function armedOf(line: string | undefined, who: string | undefined, invalid: (what: string) => Problem) {
  if (line === undefined) return {};
  const [, deploy, phase, decision, seconds, unit] =
    new RegExp(`^(${uuid}) ([a-z]+) ([a-z-]+) (-?\\d{1,9}) ([a-z]+)$`).exec(line) ?? [];
  const known = { phase: phaseSchema.safeParse(phase), decision: decisionSchema.safeParse(decision) };
  if (deploy === undefined || !known.phase.success || !known.decision.success) throw invalid(line);
  return {
    armed: {
      deploy,
      phase: known.phase.data,
      decision: known.decision.data,
      secondsLeft: Number(seconds),
      isApplying: unit === 'active' || unit === 'activating' || unit === 'deactivating',
      who: onOneLine(textOf(who), 200),
    },
  };
}

function takenBackOf(line: string | undefined): Pick<NodeState, 'takenBack'> {
  const [, deploy, why, left] = new RegExp(`^(${uuid}) ([a-z-]+) ([a-z-]+)$`).exec(line ?? '') ?? [];
  if (deploy === undefined) return {};
  const reason = restoredSchema.safeParse(why);
  return {
    takenBack: {
      deploy,
      why: reason.success ? reason.data : 'none',
      linksDiffer: left === 'live-differs',
      filesDiffer: left === 'files-differ',
    },
  };
}

function textOf(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

function answerInvalid(node: string, words: DeployWords, said: string): Problem {
  const output = onOneLine(said, 200);
  return new Problem('NODE_ANSWER_INVALID', {
    what: `${node} did not answer as the deploy's program does${output === '' ? '' : `; it said "${output}"`}.`,
    state: `What it did on ${node} is not known; what is armed there goes back by itself.`,
    next: `See that ${node} has room on its disks, then look at it with: ${words.look}`,
  });
}
