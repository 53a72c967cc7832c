import { z } from 'zod';
import type { armedSchema } from '../../../../shared/schemas/bridge.ts';
import { sha256Schema } from '../../../../shared/schemas/names.ts';
import { whyNotInDesign } from '../design/design-path.ts';
import { type AnswerLine, textOf } from './answer-lines.ts';

/** A file as a deploy left it on a node. */
export interface DeployedFile {
  readonly path: string;
  readonly owner: string;
  readonly group: string;
  readonly mode: string;
  readonly sha256: string;
}

export interface Deployed {
  readonly deploy: string;
  readonly design: string;
  readonly digest: string;
  readonly files: readonly DeployedFile[];
}

export interface DeployState {
  readonly armed?: z.infer<typeof armedSchema>;
  readonly deployed?: Deployed;
}

const idSchema = z.uuid();
const word = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9@_.:/+-]+$/);
/** Only what a design may name: the node's word leads to no other file. */
const pathSchema = z
  .string()
  .refine((path) => path.startsWith('/') && whyNotInDesign(path.slice(1)) === undefined);
const fileSchema = z
  .tuple([z.literal('file'), z.string().regex(/^[0-7]{4}$/), word, word, sha256Schema, pathSchema])
  .transform(([, mode, owner, group, sha256, path]): DeployedFile => ({ path, owner, group, mode, sha256 }));
const secondsSchema = z
  .string()
  .regex(/^\d{1,12}(?:\.\d+)?$/)
  .transform(Number);

/**
 * What a deploy keeps below /var/lib/sifaka/bridge: `armed/deploy` and `armed/deadline` while the node would take it back
 * by itself, and `deployed`, lines of words, once it was confirmed. `undefined` when one of them is there and is not that:
 * a node that may be armed is not one that is not.
 */
export function parseDeployState(lines: readonly AnswerLine[]): DeployState | undefined {
  const armed = parseArmed(lines);
  const text = textOf(lines, 'deployed');
  const deployed = text === '' ? 'none' : parseDeployed(text);
  if (armed === undefined || deployed === undefined) return undefined;
  return { ...(armed === 'none' ? {} : { armed }), ...(deployed === 'none' ? {} : { deployed }) };
}

function parseArmed(lines: readonly AnswerLine[]): z.infer<typeof armedSchema> | 'none' | undefined {
  const deploy = textOf(lines, 'armed').trim();
  if (deploy === '') return 'none';
  const deadline = secondsSchema.safeParse(textOf(lines, 'deadline').trim());
  const uptime = secondsSchema.safeParse(textOf(lines, 'uptime').split(' ', 1)[0]);
  if (!idSchema.safeParse(deploy).success || !deadline.success || !uptime.success) return undefined;
  return { deploy, secondsLeft: Math.max(0, Math.ceil(deadline.data - uptime.data)) };
}

function parseDeployed(text: string): Deployed | undefined {
  const [tag, ...lines] = text.trimEnd().split('\n');
  if (tag !== 'sifaka.bridge-deployed/1') return undefined;
  const words = lines.map((line) => line.split(' '));
  const one = (key: string) => words.find(([first]) => first === key)?.[1];
  const files = z
    .array(fileSchema)
    .max(512)
    .safeParse(words.filter(([first]) => first === 'file'));
  const head = z
    .object({ deploy: idSchema, design: word, digest: sha256Schema })
    .safeParse({ deploy: one('deploy'), design: one('design'), digest: one('digest') });
  return files.success && head.success ? { ...head.data, files: files.data } : undefined;
}
