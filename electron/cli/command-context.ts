import type { Command } from 'commander';
import type { Interrupts } from './interrupts.ts';
import type { Output } from './output.ts';

export interface GlobalOptions {
  readonly lab?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly identity?: string;
  readonly passphraseFile?: string;
}

export type InputStream = NodeJS.ReadableStream & {
  readonly isTTY?: boolean;
  /** Of a terminal: without its own echo and lines. */
  setRawMode?(isRaw: boolean): unknown;
};

/** What every command works with. */
export interface CommandContext {
  readonly options: GlobalOptions;
  readonly output: Output;
  readonly interrupts: Interrupts;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: InputStream;
  /** Folder of the built page, for `serve`. */
  readonly pageFolder: string;
  now(): Date;
  /** A path of the command line; a relative one starts in the folder the command runs in. INPUT_INVALID when that is gone. */
  absolutePath(path: string): string;
}

export interface CommandResult {
  /** The last line with `--json`; plain data. */
  readonly report: unknown;
  /** The same for people, already safe for a terminal. */
  readonly text: string;
  /** With `--json` the report stands alone on its line, as a program that reads a list expects it. */
  readonly document?: true;
  /** When it is not 0: the command did its work and found something wrong. */
  readonly exitCode?: number;
}

/** Runs a command's work and prints what comes of it. */
export type RunCommand = (
  command: Command,
  work: (context: CommandContext) => Promise<CommandResult>,
) => Promise<void>;
