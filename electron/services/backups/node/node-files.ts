import { Problem } from '../../../../shared/problem.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { Destination } from '../../ssh/destination.ts';
import { type CommandResult, type RemoteCommand, shellScript } from '../../ssh/run-command.ts';
import type { Ssh } from '../../ssh/ssh.ts';

/**
 * Bytes of files on a node, a range at a time: what is in memory is one range, and what a lost connection costs too. Paths
 * are absolute and checked by whoever has them; they are arguments and no shell reads them.
 */
export interface NodeFiles {
  readonly node: string;
  /** Exactly these bytes. COPY_FAILED when it cannot be read, ARCHIVE_CHANGED when it ends before. */
  read(path: string, from: number, length: number, signal: AbortSignal): Promise<Buffer>;
  /** Writes at an offset of a file, which is made where it is missing. COPY_FAILED. */
  write(path: string, from: number, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Length of a file; `undefined` when there is none. */
  size(path: string, signal: AbortSignal): Promise<number | undefined>;
  /** MD5 of a range, as S3 wants it of a part: 32 hexadecimal digits, or nothing. */
  md5(path: string, from: number, length: number, signal: AbortSignal): Promise<string | undefined>;
  /** Length and SHA-256 of a whole file, read from its disk and not from memory where the node can; `undefined` without one. */
  digest(path: string, sizeBytes: number, signal: AbortSignal): Promise<NodeDigest | undefined>;
  /** A constant script with arguments. Its exit code is the caller's to read. */
  script(text: string, parameters: readonly string[], options: ScriptOptions): Promise<CommandResult>;
}

export interface NodeDigest {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface ScriptOptions {
  readonly signal: AbortSignal;
  readonly milliseconds?: number;
  /** Of what it answers. */
  readonly bytes?: number;
  /** For its stdin. */
  readonly input?: Uint8Array;
}

/**
 * Measured over loopback with two ranges at a time: 10 MiB/s with ranges of 1 MiB, 64 with 16, 150 with 64, as each command
 * costs some time before its first byte.
 */
export const rangeBytes = 32 * 1024 * 1024;

/** The ranges of a file from somewhere on. */
export function* rangesFrom(from: number, size: number): Generator<{ from: number; length: number }> {
  for (let at = from; at < size; at += rangeBytes)
    yield { from: at, length: Math.min(rangeBytes, size - at) };
}

const commandMilliseconds = 120_000;
/** The slowest disk that is waited for, in bytes per second. */
const slowest = 2 * 1024 * 1024;
const megabyte = 'bs=1M';

/** The time that reading so much may take. */
export function millisecondsFor(bytes: number): number {
  return commandMilliseconds + Math.ceil(bytes / slowest) * 1000;
}

export const noSuchFile = 44;

/** Drops what the node has of it in memory first, so that the disk or the server behind it is asked. */
export const digestScript = `LC_ALL=C; export LC_ALL
[ -f "$1" ] || exit ${noSuchFile}
dd if="$1" iflag=nocache count=0 status=none 2>/dev/null
size=$(stat -c %s -- "$1") || exit 1
sum=$(sha256sum <"$1") || exit 1
printf '%s %s\\n' "\${sum%% *}" "$size"
`;

export const sizeScript = `LC_ALL=C; export LC_ALL
[ -f "$1" ] || exit ${noSuchFile}
exec stat -c %s -- "$1"
`;

export const rangeScript = `LC_ALL=C; export LC_ALL
dd if="$1" iflag=skip_bytes,count_bytes,fullblock skip="$2" count="$3" bs=1M status=none | md5sum
`;

export function createNodeFiles(ssh: Ssh, destination: Destination): NodeFiles {
  const node = destination.host;
  const run = (command: RemoteCommand, { signal, milliseconds, bytes }: ScriptOptions) =>
    ssh.run(destination, command, {
      signal,
      limits: { milliseconds: milliseconds ?? commandMilliseconds, bytes: bytes ?? 64 * 1024 },
    });
  const script: NodeFiles['script'] = (text, parameters, options) =>
    run(
      options.input === undefined
        ? shellScript(text, ...parameters)
        : { argv: ['/bin/sh', '-c', text, 'sifaka', ...parameters], input: options.input },
      options,
    );
  return {
    node,
    script,

    async read(path, from, length, signal) {
      const input = ['iflag=skip_bytes,count_bytes,fullblock', `skip=${from}`, `count=${length}`];
      const { code, stdout, stderr } = await run(
        { argv: ['env', 'LC_ALL=C', 'dd', `if=${path}`, ...input, megabyte, 'status=none'] },
        // What starts the command says a line of its own.
        { signal, milliseconds: millisecondsFor(length), bytes: length + 64 * 1024 },
      );
      if (code !== 0) throw nodeFileFailed(node, 'read', path, stderr);
      if (stdout.length !== length) throw shorter(node, path);
      return stdout;
    },

    async write(path, from, bytes, signal) {
      const output = ['oflag=seek_bytes', `seek=${from}`, 'iflag=fullblock', 'conv=notrunc'];
      const { code, stderr } = await run(
        { argv: ['env', 'LC_ALL=C', 'dd', `of=${path}`, ...output, megabyte, 'status=none'], input: bytes },
        { signal, milliseconds: millisecondsFor(bytes.length) },
      );
      if (code !== 0) throw nodeFileFailed(node, 'write', path, stderr);
    },

    async size(path, signal) {
      const { code, stdout, stderr } = await script(sizeScript, [path], { signal });
      if (code === noSuchFile) return undefined;
      const text = stdout.toString('latin1').trim();
      if (code !== 0 || !/^\d{1,15}$/.test(text)) throw nodeFileFailed(node, 'read', path, stderr);
      return Number(text);
    },

    async md5(path, from, length, signal) {
      const { code, stdout } = await script(rangeScript, [path, String(from), String(length)], {
        signal,
        milliseconds: millisecondsFor(length),
      });
      return code === 0 ? /^([0-9a-f]{32}) /.exec(stdout.toString('latin1'))?.[1] : undefined;
    },

    async digest(path, sizeBytes, signal) {
      const milliseconds = millisecondsFor(sizeBytes);
      const { code, stdout, stderr } = await script(digestScript, [path], { signal, milliseconds });
      if (code === noSuchFile) return undefined;
      return digestAnswer(stdout) ?? fail(nodeFileFailed(node, 'read', path, stderr));
    },
  };
}

/** `<sha256> <size>`; `undefined` for anything else. */
export function digestAnswer(stdout: Buffer): NodeDigest | undefined {
  const [, sha256, size] = /^([0-9a-f]{64}) (\d{1,15})\n$/.exec(stdout.toString('latin1')) ?? [];
  return sha256 === undefined ? undefined : { sha256, sizeBytes: Number(size) };
}

/** What a program of the node said why it could not. */
export function nodeFileFailed(node: string, work: 'read' | 'write', path: string, stderr: Buffer): Problem {
  const said = stderr.toString('utf8');
  const isFull = /No space left on device|Disk quota exceeded/.test(said);
  const why = isFull ? 'there is no space left' : onOneLine(said, 200) || 'it does not say why';
  return new Problem('COPY_FAILED', {
    what: `${node} could not ${work} ${onOneLine(path, 300)}: ${why}.`,
    state: 'What is not compared there is no copy; what was copied so far is used by the next try.',
    next: isFull
      ? 'Make room there, then run it again: it goes on where it stopped.'
      : `Look at it: ssh ${node}`,
  });
}

function shorter(node: string, path: string): Problem {
  return new Problem('ARCHIVE_CHANGED', {
    what: `${onOneLine(path, 300)} on ${node} ends before it should.`,
    state: 'No copy was made of it.',
    next: 'Verify the archive, and make a new backup of the guest.',
  });
}

function fail(problem: Problem): never {
  throw problem;
}
