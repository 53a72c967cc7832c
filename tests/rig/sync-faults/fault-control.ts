import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';

/** In the order of `enum kind` in inject.c. */
export const callKinds = [
  'open',
  'create',
  'read',
  'write',
  'copy',
  'rename',
  'link',
  'unlink',
  'mkdir',
  'rmdir',
  'symlink',
  'times',
  'mode',
  'owner',
  'stat',
  'list',
  'sync',
  'truncate',
] as const;
/** What a lock of the operating system is asked for with: chosen by a test that means it, and by no random one. */
const allKinds = [...callKinds, 'lock'] as const;
export type CallKind = (typeof allKinds)[number];

/** Linux's numbers: Node has no name for ESTALE. */
const errnos = { ...constants.errno, ESTALE: 116 };
export type FaultErrno =
  | 'ENOSPC'
  | 'EIO'
  | 'EACCES'
  | 'ESTALE'
  | 'EROFS'
  | 'EDQUOT'
  | 'EXDEV'
  | 'EPERM'
  | 'ENOLCK';

/** Which calls are counted, and which of them is the one. */
interface Where {
  readonly kinds: readonly CallKind[];
  /** Only paths that begin so; all below the roots without it. */
  readonly below?: string;
  /** Only paths that contain this. */
  readonly part?: string;
}

export type Fault =
  | (Where & {
      readonly action: 'fail';
      readonly error: FaultErrno;
      /** From 1. */
      readonly at: number;
      /** All that follow too. */
      readonly onward?: boolean;
    })
  /** `halfway`: of a write or a copy only half is made before it. */
  | (Where & {
      readonly action: 'kill';
      readonly moment: 'before' | 'after' | 'halfway';
      readonly at: number;
    })
  /** The thread that makes the call waits before it, until {@link FaultControl.goOn}. */
  | (Where & { readonly action: 'pause'; readonly at: number })
  /** `bytes` can be written yet, then ENOSPC; a call that would write more writes what there is room for. */
  | { readonly action: 'full'; readonly bytes: number; readonly below?: string };

/** Bytes from the start of `struct control` in inject.c. */
const offsets = {
  armed: 72,
  kinds: 80,
  at: 88,
  action: 96,
  error: 104,
  onward: 112,
  budget: 120,
  matched: 128,
  fired: 136,
  firedKind: 144,
  counts: 152,
  prefix: 344,
  part: 1368,
  firedPath: 1496,
  paused: 2520,
} as const;
const actions = { fail: 0, before: 1, after: 2, halfway: 3, full: 4, pause: 5 } as const;

/** The file that inject.c has mapped: says what is to fail, and what was called. May be read and written while programs run. */
export class FaultControl {
  /** Bytes. */
  static readonly size = 4096;
  protected readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  arm(fault: Fault): void {
    this.#number(offsets.armed, 0);
    const kinds = fault.action === 'full' ? (['write', 'copy'] as const) : fault.kinds;
    this.#number(
      offsets.kinds,
      kinds.map((kind) => 2 ** allKinds.indexOf(kind)).reduce((a, b) => a + b),
    );
    this.#number(offsets.at, fault.action === 'full' ? 0 : fault.at);
    this.#number(offsets.action, actions[fault.action === 'kill' ? fault.moment : fault.action]);
    this.#number(offsets.error, errnos[fault.action === 'fail' ? fault.error : 'ENOSPC']);
    this.#number(offsets.onward, fault.action === 'fail' && fault.onward === true ? 1 : 0);
    this.#number(offsets.budget, fault.action === 'full' ? fault.bytes : 0);
    this.#number(offsets.matched, 0);
    this.#number(offsets.fired, 0);
    this.#text(offsets.prefix, 1024, fault.below ?? '');
    this.#text(offsets.part, 128, 'part' in fault ? (fault.part ?? '') : '');
    this.#number(offsets.armed, 1);
  }

  disarm(): void {
    this.#number(offsets.armed, 0);
    this.goOn();
  }

  /** Whether a thread waits at the call that was to be waited at. */
  get paused(): boolean {
    return readFileSync(this.file).readBigInt64LE(offsets.paused) !== 0n;
  }

  goOn(): void {
    this.#number(offsets.paused, 0);
  }

  /** How often the fault that is armed, or was last, has come about; `path` one byte a character. */
  get fired(): { readonly times: number; readonly kind: CallKind; readonly path: string } {
    const bytes = readFileSync(this.file);
    const path = bytes.subarray(offsets.firedPath, offsets.firedPath + 1024).toString('latin1');
    return {
      times: Number(bytes.readBigInt64LE(offsets.fired)),
      kind: allKinds[Number(bytes.readBigInt64LE(offsets.firedKind))] ?? 'open',
      path: path.slice(0, path.indexOf('\0')),
    };
  }

  /** How many calls of each kind there were below the roots since the last reset, armed or not. */
  get counts(): Record<CallKind, number> {
    const bytes = readFileSync(this.file);
    const pairs = allKinds.map(
      (kind, index) => [kind, Number(bytes.readBigInt64LE(offsets.counts + 8 * index))] as const,
    );
    // Object.fromEntries has no type for the keys; all of them are there.
    return Object.fromEntries(pairs) as Record<CallKind, number>;
  }

  #number(offset: number, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    this.#write(offset, bytes);
  }

  #text(offset: number, room: number, text: string): void {
    const bytes = Buffer.alloc(room);
    if (bytes.write(text, 0, room - 1, 'latin1') < text.length)
      throw new Error(`longer than ${room - 1} bytes`);
    this.#write(offset, bytes);
  }

  /** In place: the programs have the file mapped. */
  #write(offset: number, bytes: Buffer): void {
    const fd = openSync(this.file, 'r+');
    try {
      writeSync(fd, bytes, 0, bytes.length, offset);
    } finally {
      closeSync(fd);
    }
  }
}
