import { randomBytes } from 'node:crypto';
import type { Client, ClientChannel } from 'ssh2';
import { Problem } from '../../../shared/problem.ts';
import type { Destination } from './destination.ts';
import { commandLine } from './posix-quote.ts';
import { commandNotStarted, connectionLost, stopped } from './ssh-problems.ts';

export interface RemoteCommand {
  /** The program and its arguments, each as it is: no shell reads them. */
  readonly argv: readonly [program: string, ...parameters: string[]];
  readonly input?: string | Uint8Array;
}

/** A script for the node's /bin/sh, on stdin; what differs are its arguments `$1` … */
export function shellScript(script: string, ...parameters: string[]): RemoteCommand {
  return { argv: ['/bin/sh', '-s', '--', ...parameters], input: script };
}

export interface CommandLimits {
  readonly milliseconds: number;
  /** Of stdout, and as much again of stderr. */
  readonly bytes: number;
}

export interface CommandResult {
  /** The exit code; missing when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * Until a command that is to end has ended; then it is said that this is not known. Of these its terminator takes three
 * seconds before it uses force, and more on a node that is busy.
 */
const graceMilliseconds = 15_000;
/** Until it is tried again to end one, when the connection had no session free for that. */
const againMilliseconds = 200;

/**
 * The login shell gets one word to run besides plain words in quotes, and becomes /bin/sh. That says on both streams
 * where the command's own output begins, since a login shell's start files may print too, and on stderr its process id,
 * which is that of the session: sshd makes one for each command. Then it becomes the command.
 */
const starter = String.raw`printf '%s\n' "$0"; printf '%s %s\n' "$0" "$$" >&2; exec "$@"`;

/** Ends a process group, kindly and then not. A signal through SSH itself is refused to root by OpenSSH's sshd. */
const terminator =
  'kill -s TERM -- "-$1"; for _ in 1 2 3; do kill -s 0 -- "-$1" || exit 0; sleep 1; done; kill -s KILL -- "-$1"';

/**
 * Runs one command to its end. When it takes too long, answers too much, or the signal aborts, the command is ended on
 * the node, with all that it started and that stayed in its process group. SSH_TIMED_OUT, SSH_OUTPUT_TOO_LARGE,
 * SSH_COMMAND_FAILED (it was not started), SSH_CONNECTION_LOST, CANCELLED; a command that fails is a result.
 */
export function runCommand(
  client: Client,
  destination: Destination,
  { argv, input }: RemoteCommand,
  { limits, signal }: { limits: CommandLimits; signal: AbortSignal },
): Promise<CommandResult> {
  if (argv[0].startsWith('-')) throw new TypeError('a program does not begin with a hyphen');
  const mark = randomBytes(16).toString('hex');
  const line = `exec ${commandLine(['/bin/sh', '-c', starter, mark, ...argv])}`;
  return new Promise((resolve, reject) => {
    const out = new MarkedOutput(mark, limits.bytes);
    const errors = new MarkedOutput(mark, limits.bytes);
    let reason: 'SSH_TIMED_OUT' | 'SSH_OUTPUT_TOO_LARGE' | 'CANCELLED' | undefined;
    let channel: ClientChannel | undefined;
    let exited: number | null | undefined;
    let isEnding = false;
    let isOver = false;
    const timer = setTimeout(() => stop('SSH_TIMED_OUT'), limits.milliseconds);
    let grace: NodeJS.Timeout | undefined;
    let again: NodeJS.Timeout | undefined;

    const finish = (result: CommandResult | Problem) => {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(grace);
      clearTimeout(again);
      signal.removeEventListener('abort', cancel);
      client.removeListener('close', lost);
      channel?.destroy();
      if (result instanceof Problem) reject(result);
      else resolve(result);
    };
    const lost = () =>
      finish(reason ? stopped(reason, destination, false) : connectionLost(destination, whatRemains()));
    const whatRemains = () =>
      channel === undefined
        ? 'Nothing was run there.'
        : `Whether the command still runs on ${destination.host} is not known.`;
    const stop = (why: NonNullable<typeof reason>) => {
      if (reason !== undefined) return;
      reason = why;
      grace = setTimeout(() => finish(stopped(why, destination, false)), graceMilliseconds);
      endCommand();
    };
    const cancel = () => stop('CANCELLED');
    const endCommand = () => {
      if (reason === undefined || isEnding) return;
      const group = errors.afterMark();
      if (group === undefined || !/^[1-9]\d{0,9}$/.test(group)) return;
      isEnding = true;
      endGroup(client, group, () => {
        isEnding = false;
        // Others are being ended at the same time; theirs come free.
        if (!isOver) again = setTimeout(endCommand, againMilliseconds);
      });
    };

    signal.addEventListener('abort', cancel, { once: true });
    client.once('close', lost);
    const started = (error: Error | undefined, opened: ClientChannel) => {
      if (error) {
        finish(reason ? stopped(reason, destination, true) : commandNotStarted(destination, error.message));
        return;
      }
      channel = opened;
      opened.on('error', () => undefined);
      opened.on('exit', (code: number | null) => (exited = code));
      opened.on('data', (chunk: Buffer) => {
        if (!out.add(chunk)) stop('SSH_OUTPUT_TOO_LARGE');
      });
      opened.stderr.on('data', (chunk: Buffer) => {
        if (!errors.add(chunk)) stop('SSH_OUTPUT_TOO_LARGE');
        endCommand();
      });
      opened.on('close', () => {
        if (reason) finish(stopped(reason, destination, exited !== undefined));
        else if (exited === undefined) finish(connectionLost(destination, whatRemains()));
        else if (errors.afterMark() === undefined)
          finish(commandNotStarted(destination, errors.text() || out.text()));
        else finish({ code: exited ?? undefined, stdout: out.content(), stderr: errors.content() });
      });
      // A command that does not read its input is not wrong for that.
      opened.stdin.on('error', () => undefined);
      // One that was stopped before it began gets nothing to work on.
      opened.stdin.end(reason === undefined ? (input ?? '') : '');
    };
    try {
      client.exec(line, started);
    } catch (error) {
      // "Not connected": it ended between two commands.
      finish(connectionLost(destination, 'Nothing was run there.', error));
      return;
    }
    if (signal.aborted) cancel();
  });
}

/** `refused` hears when the server has no session free for it. */
function endGroup(client: Client, group: string, refused: () => void): void {
  const line = `exec ${commandLine(['/bin/sh', '-c', terminator, 'sifaka', group])}`;
  try {
    client.exec(line, (error, channel) => {
      if (error) {
        refused();
        return;
      }
      channel.on('error', () => undefined);
      channel.resume();
      channel.stderr.resume();
      channel.stdin.end();
    });
  } catch {
    // The connection is gone, which the command's own channel says.
  }
}

/** What came on one stream, up to a limit; its own part begins after the line that has the mark. */
class MarkedOutput {
  private readonly mark: Buffer;
  private readonly limit: number;
  private bytes = Buffer.alloc(0);
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(mark: string, limit: number) {
    this.mark = Buffer.from(mark);
    this.limit = limit;
  }

  /** False once there is more than the limit; what comes then is not kept. */
  add(chunk: Buffer): boolean {
    if (this.size + chunk.length > this.limit) return false;
    this.size += chunk.length;
    this.chunks.push(chunk);
    return true;
  }

  /** What follows the mark in its line; `undefined` before that line is complete. */
  afterMark(): string | undefined {
    const found = this.markedLine();
    return found && this.all().toString('latin1', found.start, found.end).trim();
  }

  content(): Buffer {
    const found = this.markedLine();
    return found ? this.all().subarray(found.end + 1) : Buffer.alloc(0);
  }

  text(): string {
    return this.all().toString('utf8');
  }

  private markedLine(): { start: number; end: number } | undefined {
    const bytes = this.all();
    const at = bytes.indexOf(this.mark);
    const end = at < 0 ? -1 : bytes.indexOf(0x0a, at);
    return end < 0 ? undefined : { start: at + this.mark.length, end };
  }

  private all(): Buffer {
    if (this.chunks.length > 0) {
      this.bytes = Buffer.concat([this.bytes, ...this.chunks]);
      this.chunks = [];
    }
    return this.bytes;
  }
}
