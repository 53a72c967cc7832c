import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import type { CommandResult } from '../../ssh/run-command.ts';
import { shellScript } from '../../ssh/run-command.ts';
import type { Ssh } from '../../ssh/ssh.ts';
import { digestAnswer, millisecondsFor, type NodeDigest } from '../node/node-files.ts';
import type { ArchiveOnNode, FileOnNode } from './archive-on-node.ts';
import { digestScript, exits, positionScript, testScript } from './archive-scripts.ts';

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Bytes of this file that were read by now. */
  readonly progress: (doneBytes: number) => void;
}

export type Packer = 'zstd' | 'gzip' | 'lzop' | 'bzip2';

/** What one test of a file came to; `said` is what its programs complained about, on one line. */
export type TestEnd =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'failed'; readonly said: string }
  | { readonly outcome: 'unavailable'; readonly tool: string };

const lookMilliseconds = 1000;

/** Every byte, read where it is. ARCHIVE_GONE, ARCHIVE_CORRUPT when it cannot be read to its end, and those of `Ssh.run`. */
export async function digestOnNode(
  ssh: Ssh,
  where: ArchiveOnNode,
  file: FileOnNode,
  options: ReadOptions,
): Promise<NodeDigest> {
  const end = await reading(ssh, where, file, digestScript, [], options);
  const digest = end.code === 0 ? digestAnswer(end.stdout) : undefined;
  if (digest !== undefined) return digest;
  throw end.code === exits.missing ? vanished(where, file) : unreadable(where, file, end);
}

/**
 * Unpacks a file for nothing but its packer's checksums, or reads what is in it to its end. ARCHIVE_GONE, and those of
 * `Ssh.run`.
 */
export async function testOnNode(
  ssh: Ssh,
  where: ArchiveOnNode,
  file: FileOnNode,
  tools: { readonly packer: Packer | undefined; readonly content?: 'vma' | 'tar' },
  options: ReadOptions,
): Promise<TestEnd> {
  const end = await reading(
    ssh,
    where,
    file,
    testScript,
    [tools.packer ?? '-', tools.content ?? '-'],
    options,
  );
  if (end.code === 0) return { outcome: 'passed' };
  if (end.code === exits.missing) throw vanished(where, file);
  if (end.code === exits.unavailable)
    return { outcome: 'unavailable', tool: onOneLine(end.stdout.toString('utf8'), 40) };
  return { outcome: 'failed', said: onOneLine(end.stderr.toString('utf8'), 300) || 'it does not say why' };
}

/** Its place in the file is asked for meanwhile: a command says nothing of its own before its end. */
async function reading(
  ssh: Ssh,
  { destination }: ArchiveOnNode,
  { path, sizeBytes }: FileOnNode,
  script: string,
  parameters: readonly string[],
  { signal, progress }: ReadOptions,
): Promise<CommandResult> {
  const token = randomUUID();
  const over = new AbortController();
  const watching = watch();
  try {
    return await ssh.run(
      destination,
      {
        argv: ['env', `SIFAKA_READ=${token}`, '/bin/sh', '-s', '--', path, ...parameters],
        input: script,
      },
      { signal, limits: { milliseconds: millisecondsFor(sizeBytes), bytes: 64 * 1024 } },
    );
  } finally {
    over.abort();
    await watching;
  }

  async function watch(): Promise<void> {
    try {
      for (;;) {
        await setTimeout(lookMilliseconds, undefined, { signal: over.signal });
        const { stdout } = await ssh.run(destination, shellScript(positionScript, token), {
          signal: over.signal,
          limits: { milliseconds: 30_000, bytes: 4096 },
        });
        const text = stdout.toString('latin1').trim();
        if (/^\d{1,15}$/.test(text)) progress(Math.min(Number(text), sizeBytes));
      }
    } catch (error) {
      // Nobody knows how far it is; whether it gets there is said by the command itself.
      if (asProblem(error) === undefined && !over.signal.aborted) throw error;
    }
  }
}

function vanished({ node }: ArchiveOnNode, { path }: FileOnNode): Problem {
  return new Problem('ARCHIVE_GONE', {
    what: `${onOneLine(path, 300)} is not on ${node} any more.`,
    state: 'Nothing was changed.',
    next: 'See what is there: sifaka backups discover',
  });
}

function unreadable({ node }: ArchiveOnNode, { path }: FileOnNode, { stderr }: CommandResult): Problem {
  return new Problem('ARCHIVE_CORRUPT', {
    what: `${node} cannot read ${onOneLine(path, 300)} to its end: ${onOneLine(stderr.toString('utf8'), 200) || 'it does not say why'}.`,
    state: 'Nothing was changed.',
    next: `Look at the disk or the server that it lies on, and make a new backup of the guest.`,
  });
}
