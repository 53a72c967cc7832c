import { z } from 'zod';
import { Problem } from '../../../../shared/problem.ts';
import {
  archiveNameSchema,
  guestTypeSchema,
  storageIdSchema,
  vmidSchema,
} from '../../../../shared/schemas/backup-names.ts';
import {
  backupMethodSchema,
  backupModeSchema,
  compressionSchema,
} from '../../../../shared/schemas/backup-policy.ts';
import { sha256Schema } from '../../../../shared/schemas/names.ts';
import { onOneLine } from '../../lab/plain-text.ts';

/** What a run on a node is to make: the lines of its `request`. */
export const nodeRunRequestSchema = z.object({
  by: z.enum(['operator', 'agent']),
  type: guestTypeSchema,
  vmid: vmidSchema,
  storage: storageIdSchema,
  mode: backupModeSchema,
  compress: compressionSchema,
  bwlimit: z.int().min(0),
  /** As `keep-last=3,keep-daily=7`, for vzdump; `-` is none. */
  prune: z.string().max(200),
  method: backupMethodSchema,
  rule: z.string().max(63).optional(),
});
export type NodeRunRequest = z.infer<typeof nodeRunRequestSchema>;

/** How a run ended, by the node's own word: the lines of its `result`. */
export interface NodeRunResult {
  readonly state: 'done' | 'failed' | 'cancelled';
  /** Seconds since 1970, by the node's clock. */
  readonly ended: number;
  /** `not-finished`, `unnamed`, `unlisted`, `listed-as N`, `missing`, `changed`, `cut-off`. */
  readonly reason?: string;
  /** vzdump's exit code, and how long it took; missing when that is not known. */
  readonly exitCode?: number;
  readonly seconds?: number;
  readonly archive?: string;
  readonly volid?: string;
  readonly path?: string;
  readonly sizeBytes?: number;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number; readonly sha256: string }[];
}

export interface NodeRun {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled' | 'cut-off';
  /** `dump`: vzdump is at it; `read`: the archive is read for its digest, or taken apart; `pack`: disks are packed. */
  readonly phase?: {
    readonly word: 'dump' | 'read' | 'pack';
    readonly done: number;
    readonly total: number;
  };
  readonly result?: NodeRunResult;
  readonly request?: NodeRunRequest;
}

export interface BackupNodeAnswer {
  /** `started`, `busy UUID`, `unprepared TOOL`, `refused` … */
  readonly outcome: readonly [string, ...string[]];
  readonly boot: string;
  readonly runs: readonly NodeRun[];
  /** What is new of the log, from the offset that was asked for. */
  readonly log?: { readonly from: number; readonly size: number; readonly bytes: Buffer };
  /** What its programs complained about, on one line. */
  readonly said: string;
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** NODE_ANSWER_INVALID when it is no answer of the program to its end. */
export function parseBackupNodeAnswer(node: string, output: Buffer, said: string): BackupNodeAnswer {
  const lines = output.toString('latin1').split('\n');
  const [word, ...parameters] = fieldOf(lines, 'outcome')?.split(' ') ?? [];
  const boot = fieldOf(lines, 'boot');
  if (lines.at(-2) !== 'end' || word === undefined || boot === undefined || !/^[0-9a-f-]{36}$/.test(boot))
    throw answerInvalid(node, said);
  const log = logOf(fieldOf(lines, 'log'));
  return {
    outcome: [onOneLine(word, 40), ...parameters.map((parameter) => onOneLine(parameter, 80))],
    boot,
    runs: runsOf(lines),
    ...(log === undefined ? {} : { log }),
    said: onOneLine(said, 300),
  };
}

function fieldOf(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
}

/** Each run's lines follow its own; one that says something else than the program would is left out. */
function runsOf(lines: readonly string[]): NodeRun[] {
  const starts = lines.flatMap((line, index) => (line.startsWith('run ') ? [index] : []));
  return starts.flatMap((start, index) => {
    const own = lines.slice(start, starts[index + 1] ?? lines.length);
    const [, id, state] =
      new RegExp(`^run (${uuid}) (running|done|failed|cancelled|cut-off)$`).exec(own[0] ?? '') ?? [];
    if (id === undefined || !isState(state)) return [];
    const phase = phaseOf(fieldOf(own, 'phase'));
    const result = parseNodeResult(decoded(fieldOf(own, 'result')));
    const request = parseNodeRequest(decoded(fieldOf(own, 'request')));
    // One that is over says how.
    if (state !== 'running' && state !== 'cut-off' && result === undefined) return [];
    return [
      {
        id,
        state,
        ...(phase === undefined ? {} : { phase }),
        ...(result === undefined ? {} : { result }),
        ...(request === undefined ? {} : { request }),
      },
    ];
  });
}

function isState(state: string | undefined): state is NodeRun['state'] {
  return state !== undefined;
}

function phaseOf(line: string | undefined): NodeRun['phase'] {
  const [, word, done, total] = /^(dump|read|pack) (\d{1,18}) (\d{1,18})$/.exec(line ?? '') ?? [];
  if (word !== 'dump' && word !== 'read' && word !== 'pack') return undefined;
  return { word, done: Number(done), total: Number(total) };
}

function logOf(line: string | undefined): BackupNodeAnswer['log'] {
  const [, from, size, text = ''] = /^(\d{1,15}) (\d{1,15})(?: ([A-Za-z0-9+/=]*))?$/.exec(line ?? '') ?? [];
  if (from === undefined || size === undefined) return undefined;
  return { from: Number(from), size: Number(size), bytes: Buffer.from(text, 'base64') };
}

function decoded(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('utf8');
}

/** Lines of `key value`, the first of each; `undefined` without any. */
function fieldsOf(text: string | undefined): ReadonlyMap<string, string> | undefined {
  if (text === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([a-z]{1,12}) (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value);
  }
  return fields;
}

/** The lines of a run's `request`; `undefined` for anything else. */
export function parseNodeRequest(text: string | undefined): NodeRunRequest | undefined {
  const fields = fieldsOf(text);
  if (fields === undefined) return undefined;
  const compress = fields.get('compress');
  const parsed = nodeRunRequestSchema.safeParse({
    ...Object.fromEntries(fields),
    compress: compress === '0' ? 'none' : compress,
    vmid: Number(fields.get('vmid')),
    bwlimit: Number(fields.get('bwlimit')),
  });
  return parsed.success ? parsed.data : undefined;
}

const resultSchema = z.object({
  state: z.enum(['done', 'failed', 'cancelled']),
  ended: z.string().regex(/^\d{1,12}$/),
  archive: archiveNameSchema.optional(),
  volid: z
    .string()
    .max(600)
    .regex(/^[A-Za-z0-9._-]+:backup\/[A-Za-z0-9._-]+$/)
    .optional(),
  size: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional(),
});

/** The lines of a run's `result`; `undefined` for anything else. */
export function parseNodeResult(text: string | undefined): NodeRunResult | undefined {
  const fields = fieldsOf(text);
  if (fields === undefined) return undefined;
  const parsed = resultSchema.safeParse(Object.fromEntries(fields));
  if (!parsed.success) return undefined;
  const { state, ended, archive, volid, size } = parsed.data;
  const [, code, seconds] = /^(-|\d{1,3}) ?(\d{1,9})?$/.exec(fields.get('dumped') ?? '') ?? [];
  const reason = fields.get('reason');
  const path = pathOf(decoded(fields.get('path')), archive);
  const files = filesOf(text ?? '');
  // A backup that is said to be made and has no archive, or no digest, is none.
  if (files === undefined || (state === 'done' && (path === undefined || files.length === 0)))
    return undefined;
  return {
    state,
    ended: Number(ended),
    ...(reason === undefined ? {} : { reason: onOneLine(reason, 100) }),
    ...(code === undefined || code === '-' ? {} : { exitCode: Number(code) }),
    ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
    ...(archive === undefined ? {} : { archive }),
    ...(volid === undefined ? {} : { volid }),
    ...(path === undefined ? {} : { path }),
    ...(size === undefined ? {} : { sizeBytes: Number(size) }),
    files,
  };
}

function pathOf(path: string | undefined, archive: string | undefined): string | undefined {
  if (path === undefined || archive === undefined || path.length > 4096) return undefined;
  const isWhole = path.startsWith('/') && path.endsWith(`/${archive}`) && !/\p{Cc}|\/\.\.\//u.test(path);
  return isWhole ? path : undefined;
}

function filesOf(text: string): NodeRunResult['files'] | undefined {
  const files = text
    .split('\n')
    .filter((line) => line.startsWith('file '))
    .map((line) => {
      const [, size, digest, name] = /^file (\d{1,15}) ([0-9a-f]{64}) (.{1,255})$/.exec(line) ?? [];
      return { name, sizeBytes: Number(size), sha256: digest };
    });
  const parsed = z
    .array(z.object({ name: archiveNameSchema, sizeBytes: z.number(), sha256: sha256Schema }))
    .max(500)
    .safeParse(files);
  return parsed.success ? parsed.data : undefined;
}

function answerInvalid(node: string, said: string): Problem {
  const words = onOneLine(said, 200);
  return new Problem('NODE_ANSWER_INVALID', {
    what: `${node} did not answer as the program for backups does${words === '' ? '' : `; it said "${words}"`}.`,
    state: `What it does on ${node} is not known; a backup that runs there goes on by itself.`,
    next: `See that ${node} has room on its disks, then run it again: it goes on where it stopped.`,
  });
}
