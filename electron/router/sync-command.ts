import type { z } from 'zod';
import { Problem } from '../../shared/problem.ts';
import {
  syncGcSchema,
  syncInitSchema,
  syncResumeSchema,
  syncStatusSchema,
  syncUndoSchema,
  type SyncGcReport,
  type SyncInitReport,
  type SyncResumeReport,
  type SyncStatusReport,
} from '../../shared/schemas/sync-commands.ts';
import type { SyncRunReport } from '../../shared/schemas/sync-report.ts';
import { syncRequestSchema } from '../../shared/schemas/sync-request.ts';
import { printable } from '../services/redact.ts';
import type { SyncRunEvent, SyncRunPorts } from '../services/sync/runs/run-ports.ts';

export type { CommandPair } from '../services/sync/pairs/command-pair.ts';
export type { SyncRunEvent } from '../services/sync/runs/run-ports.ts';

export interface SyncCallOptions {
  readonly signal: AbortSignal;
  readonly tell?: (event: SyncRunEvent) => void;
}

/**
 * Syncs of any two folders, for the command line alone: whoever types a path may name any that he may read. The contract,
 * which windows and browsers are served by, knows only the pairs of the lab. Whatever comes in is parsed here.
 */
export interface SyncCommand {
  run(input: unknown, options: SyncCallOptions): Promise<SyncRunReport>;
  init(input: unknown): Promise<SyncInitReport>;
  undo(input: unknown, options: SyncCallOptions): Promise<SyncRunReport>;
  resume(input: unknown, options: { readonly signal: AbortSignal }): Promise<SyncResumeReport>;
  gc(input: unknown): Promise<SyncGcReport>;
  status(input: unknown): Promise<SyncStatusReport>;
}

/** Each part is loaded when it is asked for: a run that has nothing to do is over in the time that loading all would take. */
export function createSyncCommand(ports: SyncRunPorts): SyncCommand {
  return {
    async run(input, options) {
      const request = parsed(syncRequestSchema, input);
      const { runSync } = await import('../services/sync/runs/run-sync.ts');
      return (await runSync(request, ports, options)).report;
    },
    async init(input) {
      const request = parsed(syncInitSchema, input);
      const { initRoots } = await import('../services/sync/engine/open-roots.ts');
      return initRoots({ ...request, now: ports.clock.now() });
    },
    async undo(input, options) {
      const request = parsed(syncUndoSchema, input);
      const { undoRun } = await import('../services/sync/runs/undo-run.ts');
      return undoRun(request, ports, options);
    },
    async resume(input, options) {
      const request = parsed(syncResumeSchema, input);
      const { resumePair } = await import('../services/sync/runs/resume.ts');
      return resumePair(request, ports, options);
    },
    async gc(input) {
      const request = parsed(syncGcSchema, input);
      const { gcRecords } = await import('../services/sync/runs/gc-run.ts');
      return gcRecords(request, ports);
    },
    async status(input) {
      const request = parsed(syncStatusSchema, input);
      const { readStatus } = await import('../services/sync/runs/status.ts');
      return readStatus(request, ports);
    },
  };
}

/** What the options of the command line are called. */
const flags: Readonly<Record<string, string>> = {
  src: '--src',
  dest: '--dest',
  pair: '--pair',
  direction: '--direction',
  lockTtlSeconds: '--lock-ttl',
  logDir: '--log-dir',
  logRetainDays: '--log-retain-days',
  mtimeThresholdSeconds: '--mtime-threshold',
  deleteMissing: '--delete-missing',
  workers: '--workers',
  checksum: '--checksum',
  maxDeletePercent: '--max-delete',
  allowEverythingChanged: '--allow-everything-changed',
  trashRetainDays: '--trash-retain-days',
  dryRun: '--dry-run',
  retainDays: '--retain-days',
  iteration: 'ITERATION',
};

/** INPUT_INVALID, naming the flags and never their values. */
function parsed<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const answer = schema.safeParse(input);
  if (answer.success) return answer.data;
  const findings = answer.error.issues.slice(0, 20).map((issue) => {
    const [field] = issue.path;
    const name = typeof field === 'string' ? (flags[field] ?? field) : 'the input';
    return printable(`${name} ${mistakeIn(issue).slice(0, 300)}`);
  });
  throw new Problem('INPUT_INVALID', {
    what: `The command line is not valid: ${findings[0] ?? 'it could not be read'}.`,
    state: 'Nothing was started.',
    next: 'Correct the named option. Add --help to see what the command takes.',
    ...(findings.length > 1 ? { more: findings.slice(1) } : {}),
  });
}

/** What a value must be, in words of ours where the schema has none of its own. */
function mistakeIn(issue: z.core.$ZodIssue): string {
  const { code } = issue;
  if (code === 'too_small')
    return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
  if (code === 'too_big')
    return issue.origin === 'string'
      ? `must have at most ${issue.maximum} characters`
      : `must be at most ${issue.maximum}`;
  if (code === 'invalid_type')
    return issue.expected === 'int' ? 'must be a whole number' : 'is missing, or not what it should be';
  if (code === 'invalid_format' && issue.format === 'uuid')
    return 'must be the id of a run, as `sifaka sync status` has it';
  return issue.message;
}
