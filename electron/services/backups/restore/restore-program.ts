import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Problem } from '../../../../shared/problem.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import type { RemoteCommand } from '../../ssh/run-command.ts';

/** What the nodes' program for restores can be asked; see resources/backups/restore. */
export type RestoreQuestion =
  | readonly ['start' | 'cancel' | 'forget', run: string]
  | readonly ['status', run: string, logFrom: string]
  | readonly ['list'];

/** What a node is to make of an archive, under which id. */
export interface RestoreOrder {
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
  /** Absolute, on that node; its size and time as they were when it was compared. */
  readonly archive: { readonly path: string; readonly sizeBytes: number; readonly changed: number };
  readonly storage?: string | undefined;
  readonly unique: boolean;
  /** SHA-256 of the configuration of the guest that is erased for it; without one the id has to be free. */
  readonly over?: string | undefined;
  /** It does not start by itself and carries the mark of this run. */
  readonly test: boolean;
}

/** The program: what all programs of the backups know of a node's state, and its own parts. RESTORE_REFUSED. */
export async function readRestoreProgram(resources: string | undefined): Promise<string> {
  try {
    if (resources === undefined) throw missing();
    const folder = join(resources, 'backups', 'restore');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sh')).toSorted();
    const files = [
      join(resources, 'backups', 'node', '1-state.sh'),
      ...names.map((name) => join(folder, name)),
    ];
    return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
  } catch (error) {
    throw systemErrorCode(error) === undefined ? error : missing(error);
  }
}

/** One run of the program: it goes as an argument, so that stdin is free for what it is to receive. */
export function restoreCommand(program: string, question: RestoreQuestion, input = ''): RemoteCommand {
  return { argv: ['/bin/sh', '-c', program, 'sifaka-restore', ...question], input };
}

/** The lines that the program receives for `start`. */
export function orderLines(order: RestoreOrder, program: string): string {
  const { type, vmid, archive, storage, unique, over, test } = order;
  return [
    `type ${type}`,
    `vmid ${vmid}`,
    `archive ${encoded(archive.path)}`,
    `size ${archive.sizeBytes}`,
    `changed ${archive.changed}`,
    `storage ${storage ?? '-'}`,
    `over ${word(over !== undefined)}`,
    `config ${over ?? '-'}`,
    `unique ${word(unique)}`,
    `test ${word(test)}`,
    `program ${encoded(program)}`,
    'end',
    '',
  ].join('\n');
}

function word(value: boolean): string {
  return value ? 'yes' : 'no';
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** How a restore ended on its node. */
export interface RestoreResult {
  readonly state: 'done' | 'failed' | 'cancelled';
  /** `taken`, `archive-changed`, `guest-changed`, `not-stopped`, `no-guest`, `unmarked`, `code N`. */
  readonly reason?: string;
}

export interface NodeRestore {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled' | 'cut-off';
  /** How far the guest is; nothing before anything was done to it. */
  readonly stage?: 'stopping' | 'restoring' | 'restored' | 'marked';
  readonly vmid: number;
  readonly type: 'qemu' | 'lxc';
  readonly test: boolean;
  readonly result?: RestoreResult;
}

export interface RestoreAnswer {
  readonly outcome: readonly [string, ...string[]];
  readonly runs: readonly NodeRestore[];
  readonly log?: { readonly from: number; readonly size: number; readonly bytes: Buffer };
}

const headSchema = z.object({
  state: z.enum(['running', 'done', 'failed', 'cancelled', 'cut-off']),
  stage: z.enum(['stopping', 'restoring', 'restored', 'marked']).optional(),
});
const requestSchema = z.object({
  vmid: z.coerce.number().pipe(z.int().min(100)),
  type: z.enum(['qemu', 'lxc']),
  test: z.enum(['yes', 'no']),
});
const resultSchema = z.object({
  state: z.enum(['done', 'failed', 'cancelled']),
  reason: z
    .string()
    .max(40)
    .regex(/^[a-z0-9 -]+$/)
    .optional(),
});

/** `undefined` when that is no answer of the program to its end. */
export function parseRestoreAnswer(output: Buffer): RestoreAnswer | undefined {
  const lines = output.toString('latin1').split('\n');
  const [outcome, ...rest] = fieldIn(lines, 'outcome')?.split(' ') ?? [];
  if (lines.at(-2) !== 'end' || outcome === undefined || !/^[a-z-]{1,20}$/.test(outcome)) return undefined;
  const starts = lines.flatMap((line, index) => (line.startsWith('run ') ? [index] : []));
  const runs = starts.flatMap((start, index) => runIn(lines.slice(start, starts[index + 1] ?? lines.length)));
  const [, from, size, text = ''] =
    /^(\d{1,15}) (\d{1,15})(?: ([A-Za-z0-9+/=]*))?$/.exec(fieldIn(lines, 'log') ?? '') ?? [];
  return {
    outcome: [outcome, ...rest.map((one) => one.replaceAll(/[^A-Za-z0-9-]/g, '').slice(0, 40))],
    runs,
    ...(from === undefined
      ? {}
      : { log: { from: Number(from), size: Number(size), bytes: Buffer.from(text, 'base64') } }),
  };
}

function runIn(lines: readonly string[]): NodeRestore[] {
  const [, id, state, stage] =
    /^run ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) ([a-z-]{1,20})(?: ([a-z]{1,20})?)?$/.exec(
      lines[0] ?? '',
    ) ?? [];
  const head = headSchema.safeParse({ state, stage });
  const request = requestSchema.safeParse(fieldsOf(fieldIn(lines, 'request')));
  const result = resultSchema.safeParse(fieldsOf(fieldIn(lines, 'result')));
  if (id === undefined || !head.success || !request.success) return [];
  const { vmid, type, test } = request.data;
  return [
    {
      id,
      state: head.data.state,
      ...(head.data.stage === undefined ? {} : { stage: head.data.stage }),
      vmid,
      type,
      test: test === 'yes',
      ...(result.success
        ? {
            result: {
              state: result.data.state,
              ...(result.data.reason === undefined ? {} : { reason: result.data.reason }),
            },
          }
        : {}),
    },
  ];
}

function fieldIn(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
}

function fieldsOf(base64: string | undefined): Record<string, string> {
  const text = base64 === undefined ? '' : Buffer.from(base64, 'base64').toString('utf8');
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, key, value] = /^([a-z]{1,20}) (.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value]];
    }),
  );
}

function missing(cause?: unknown): Problem {
  return new Problem(
    'RESTORE_REFUSED',
    {
      what: 'The program that brings guests back on the nodes did not come with this installation.',
      state: 'Nothing was changed.',
      next: 'Install Sifaka again.',
    },
    { cause },
  );
}
