import { z } from 'zod';

/**
 * A problem is an expected failure: it has a code the operator can search for, says what happened, what state things
 * are in now and what to do next. Bugs are ordinary errors; they never reach the screen with a stack.
 *
 * Each domain has a closed list of codes. The number is the exit code of the command line:
 * 1 failed · 2 bad input · 3 refused for safety · 4 taken by another run · 130 cancelled.
 */
export const labProblems = {
  LAB_NOT_FOUND: 2,
  LAB_FILE_MISSING: 2,
  LAB_FILE_INVALID: 2,
  LAB_SCHEMA_NEWER: 3,
  LAB_READ_ONLY: 3,
  LAB_CHANGED_MEANWHILE: 3,
  LAB_PATH_ESCAPES: 3,
  LAB_LOCKED: 4,
  LAB_VALUE_MISSING: 2,
  LAB_FILE_EXISTS: 3,
  LAB_UNWRITABLE: 1,
  LOGBOOK_DUPLICATE: 3,
  LOGBOOK_INVALID: 2,
} as const;

export const imageProblems = {
  IMAGE_UNKNOWN: 2,
  IMAGE_FILE_MISSING: 2,
  IMAGE_FORMAT_UNKNOWN: 2,
  IMAGE_TRUNCATED: 1,
  IMAGE_CORRUPT: 1,
  IMAGE_DIGEST_MISMATCH: 3,
  IMAGE_TOO_LARGE: 3,
  IMAGE_LAYOUT_UNSUPPORTED: 2,
  CACHE_FULL: 1,
  CACHE_UNWRITABLE: 1,
} as const;

export const cardProblems = {
  NODE_UNKNOWN: 2,
  NODE_NOT_RECOVERABLE: 2,
  K3S_BINARY_MISSING: 3,
  INJECTION_CONFLICT: 2,
  INJECTION_TOO_LARGE: 2,
  PLAN_CHANGED: 3,
  VERIFY_MISMATCH: 1,
  RECEIPT_MISSING: 2,
  RECEIPT_INVALID: 2,
  RECEIPT_NOT_FOR_TARGET: 3,
  RECEIPT_UNWRITABLE: 1,
} as const;

export const driveProblems = {
  TARGET_MISSING: 2,
  TARGET_EXISTS: 3,
  TARGET_UNSUPPORTED: 3,
  TARGET_TOO_SMALL: 3,
  TARGET_IN_USE: 4,
  TARGET_CHANGED: 3,
  TARGET_UNWRITABLE: 1,
  TARGET_FULL: 1,
  TARGET_NAME_INVALID: 2,
  DRIVE_NOT_OFFERED: 3,
  DRIVE_COUNTERFEIT: 1,
  DRIVE_FAILED: 1,
  ELEVATION_REFUSED: 3,
  ELEVATION_UNAVAILABLE: 3,
  WRITER_MISSING: 1,
  WRITER_DIED: 1,
} as const;

export const secretProblems = {
  SECRET_UNKNOWN: 2,
  SECRET_NAME_INVALID: 2,
  SECRET_UNREADABLE: 2,
  SECRET_EXISTS: 3,
  SECRET_TOO_LARGE: 2,
  IDENTITY_MISSING: 2,
  IDENTITY_LOCKED: 2,
  IDENTITY_INVALID: 2,
  IDENTITY_EXISTS: 3,
  RECIPIENTS_MISSING: 2,
  KEY_FILE_UNUSABLE: 1,
} as const;

export const sshProblems = {
  SSH_ADDRESS_MISSING: 2,
  SSH_CONFIG_UNSUPPORTED: 3,
  SSH_UNREACHABLE: 1,
  SSH_TIMED_OUT: 1,
  SSH_PROTOCOL_FAILED: 1,
  SSH_LOGIN_REFUSED: 1,
  SSH_CONNECTION_LOST: 1,
  SSH_OUTPUT_TOO_LARGE: 1,
  SSH_COMMAND_FAILED: 1,
  HOST_KEY_UNKNOWN: 3,
  HOST_KEY_MISMATCH: 3,
  HOST_KEY_NOT_LISTED: 2,
} as const;

export const bridgeProblems = {
  BRIDGE_MISSING: 2,
  DESIGN_UNKNOWN: 2,
  DESIGN_INVALID: 2,
  DESIGN_PATH_REFUSED: 3,
  DEPLOY_UNKNOWN: 2,
  DEPLOY_REFUSED: 3,
  NODE_ARMED: 4,
  NODE_ANSWER_INVALID: 1,
  DEPLOY_ROLLED_BACK: 1,
  DEPLOY_SPLIT: 1,
  CHECK_FAILED: 1,
  CHECK_UNKNOWN: 2,
  CHECK_PASSED: 2,
  TIMER_UNAVAILABLE: 2,
  TIMER_FAILED: 1,
} as const;

export const backupProblems = {
  POLICY_MISSING: 2,
  GUEST_UNKNOWN: 2,
  GUEST_LOCKED: 4,
  GUEST_MOVED: 3,
  NOT_PROXMOX: 3,
  NODE_SILENT: 1,
  NODE_TOO_SMALL: 1,
  PVE_ANSWER_INVALID: 1,
  STORAGE_UNKNOWN: 2,
  STORAGE_UNUSABLE: 3,
  STORAGE_FULL: 1,
  STORAGE_BUSY: 4,
  BACKUP_REFUSED: 3,
  BACKUP_FAILED: 1,
  BACKUP_NOT_MADE: 1,
  ARCHIVE_UNKNOWN: 2,
  ARCHIVE_GONE: 1,
  ARCHIVE_CHANGED: 3,
  ARCHIVE_PROTECTED: 3,
  ARCHIVE_CORRUPT: 1,
  CHECKSUM_MISMATCH: 1,
  TARGET_UNKNOWN: 2,
  TARGET_UNREACHABLE: 1,
  TARGET_UNMOUNTED: 3,
  TARGET_REFUSED: 1,
  TARGET_OTHER: 3,
  COPY_FAILED: 1,
  COPY_MISMATCH: 1,
  PRUNE_REFUSED: 3,
  PRUNE_FAILED: 1,
  RESTORE_REFUSED: 3,
  RESTORE_FAILED: 1,
  RESTORE_TEST_FAILED: 1,
  SCRATCH_ID_MISSING: 2,
  AGENT_REFUSED: 3,
} as const;

export const syncProblems = {
  SYNC_PAIR_UNKNOWN: 2,
  SYNC_ROOT_MISSING: 2,
  SYNC_ROOT_UNMARKED: 3,
  SYNC_ROOT_OF_ANOTHER: 3,
  SYNC_ROOTS_OVERLAP: 3,
  SYNC_ROOT_LOST: 1,
  SYNC_LOG_FOLDER_UNUSABLE: 1,
  SYNC_LOCK_TAKEN: 4,
  SYNC_LOCK_LOST: 1,
  SYNC_LOCK_UNAVAILABLE: 1,
  SYNC_DSN_INVALID: 2,
  SYNC_STORE_UNAVAILABLE: 1,
  SYNC_STORE_NEWER: 3,
  SYNC_BLOCKED: 3,
  SYNC_TOO_MANY_DELETIONS: 3,
  SYNC_EVERYTHING_CHANGED: 3,
  SYNC_INCOMPLETE: 1,
  SYNC_ITERATION_UNKNOWN: 2,
  SYNC_NOT_UNDOABLE: 3,
} as const;

export const issueProblems = {
  ISSUE_UNKNOWN: 2,
  ISSUE_CLOSED: 3,
  ISSUE_NOT_PROVEN: 3,
  ISSUE_NUMBERS_USED_UP: 3,
} as const;

export const jobProblems = {
  JOB_UNKNOWN: 2,
  JOB_NOT_RUNNING: 2,
  JOB_CUT_OFF: 1,
  JOURNAL_UNWRITABLE: 1,
  CANCELLED: 130,
} as const;

export const accessProblems = {
  NOT_ALLOWED: 3,
  CONFIRMATION_REQUIRED: 3,
  CONFIRMATION_STALE: 3,
  INPUT_INVALID: 2,
  PORT_IN_USE: 4,
  INTERNAL: 1,
} as const;

export const problemExitCodes = {
  ...labProblems,
  ...imageProblems,
  ...cardProblems,
  ...driveProblems,
  ...secretProblems,
  ...sshProblems,
  ...bridgeProblems,
  ...backupProblems,
  ...syncProblems,
  ...issueProblems,
  ...jobProblems,
  ...accessProblems,
} as const;

export type ProblemCode = keyof typeof problemExitCodes;

export const problemCodeSchema = z.custom<ProblemCode>(
  (value) => typeof value === 'string' && Object.hasOwn(problemExitCodes, value),
  'must be a code of shared/problem.ts',
);

export const problemDataSchema = z.object({
  /** What happened, one sentence. */
  what: z.string(),
  /** What state things are in now: "Nothing was written." */
  state: z.string(),
  /** What the operator can do next. */
  next: z.string(),
  /** The place in a lab file, when there is one; `line` and `column` count from 1. */
  where: z
    .object({ file: z.string(), line: z.int().positive().optional(), column: z.int().positive().optional() })
    .optional(),
  /** Further findings of the same kind (a file with several mistakes). */
  more: z.array(z.string()).optional(),
});
export type ProblemData = z.infer<typeof problemDataSchema>;

/** A problem as plain data: what travels over the bridge and stands in a journal. */
export const problemSchema = problemDataSchema.extend({ code: problemCodeSchema });
export type ProblemRecord = z.infer<typeof problemSchema>;

export class Problem extends Error {
  readonly code: ProblemCode;
  readonly data: ProblemData;

  constructor(code: ProblemCode, data: ProblemData, options?: { cause?: unknown }) {
    super(`${code}: ${data.what}`, options);
    this.name = 'Problem';
    this.code = code;
    this.data = data;
  }

  toRecord(): ProblemRecord {
    return { code: this.code, ...this.data };
  }
}

/** The problem behind any thrown value; `undefined` for a bug. */
export function asProblem(error: unknown): Problem | undefined {
  return error instanceof Problem ? error : undefined;
}

/** The `CANCELLED` problem, saying what was left behind. */
export function cancelled(state: string): Problem {
  return new Problem('CANCELLED', {
    what: 'The run was stopped.',
    state,
    next: 'Start it again when you are ready.',
  });
}
