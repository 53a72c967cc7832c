import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SifakaClient } from '../../shared/contract/index.ts';
import { Problem } from '../../shared/problem.ts';
import { terminalText } from '../../shared/terminal-text.ts';
import { createInProcessClient } from '../hosts/in-process.ts';
import { openServices, type Services } from '../hosts/open-services.ts';
import { askHidden, canAsk } from './ask.ts';
import type { CommandContext } from './command-context.ts';
import { problemBehind } from './failure.ts';

export interface Session {
  readonly client: SifakaClient;
  /** For the web host, which opens its own door to them. */
  readonly services: Services;
}

/** Passphrases a person may type before it is given up. */
const attempts = 3;

/** What a folder has that is a lab: the inventory, or a cluster file in one of its three places. */
const labMarks = ['metis/inventory.yaml', 'cluster', 'cluster-context'];

/**
 * Opens the lab, works with it and closes it, which cancels whatever this process still runs. `withoutFolders` goes on
 * when the app's own folders cannot be made.
 */
export async function withSession<Result>(
  context: CommandContext,
  needs: 'lab' | 'nothing',
  work: (session: Session) => Promise<Result>,
  options: { readonly withoutFolders?: boolean } = {},
): Promise<Result> {
  const lab = labFolder(context, needs);
  if (lab === undefined && needs === 'lab') throw noLab();
  return withLab(context, lab, work, options);
}

/** The same for a lab that was just made. */
export async function withLab<Result>(
  context: CommandContext,
  lab: string | undefined,
  work: (session: Session) => Promise<Result>,
  options: { readonly withoutFolders?: boolean } = {},
): Promise<Result> {
  const identity = context.options.identity ?? context.environment['SIFAKA_IDENTITY'];
  const services = await openServices({
    ...options,
    lab,
    identityFile: identity ? context.absolutePath(identity) : undefined,
  });
  try {
    return await work({ client: createInProcessClient(services, { role: 'operator' }), services });
  } finally {
    await services.close();
  }
}

/** Works, and when that needs a locked identity, asks for its passphrase and works again. */
export async function withIdentity<Result>(
  context: CommandContext,
  { client }: Session,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const problem = problemBehind(error, false);
    if (problem.code !== 'IDENTITY_LOCKED') throw error;
    await unlock(context, client, problem);
    return work();
  }
}

async function unlock(context: CommandContext, client: SifakaClient, locked: Problem): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await passphrase(context, locked);
    try {
      await client.secrets.unlock({ passphrase: answer });
      return;
    } catch (error) {
      const problem = problemBehind(error, false);
      const again = problem.code === 'IDENTITY_LOCKED' && context.options.passphraseFile === undefined;
      if (!again || attempt === attempts) throw error;
      context.output.say(terminalText(problem.data.what));
    }
  }
}

async function passphrase(context: CommandContext, locked: Problem): Promise<string> {
  if (context.options.passphraseFile !== undefined) return readPassphraseFile(context);
  if (canAsk(context)) return askHidden(context, 'Passphrase of your identity: ');
  throw new Problem('IDENTITY_LOCKED', {
    ...locked.data,
    next: 'Run this in a terminal to be asked for the passphrase, or name a file that holds it: --passphrase-file FILE.',
  });
}

/** The file's text without the newline an editor puts at its end. */
export async function readPassphraseFile(context: CommandContext): Promise<string> {
  const file = context.absolutePath(context.options.passphraseFile ?? '');
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw new Problem(
      'INPUT_INVALID',
      {
        what: `The passphrase file ${file} cannot be read.`,
        state: 'Nothing was started.',
        next: 'Name a file you can read with --passphrase-file.',
      },
      { cause: error },
    );
  }
}

/** `--lab`, SIFAKA_LAB, or the current folder when it looks like a lab; absolute. */
function labFolder(context: CommandContext, needs: 'lab' | 'nothing'): string | undefined {
  const named = context.options.lab ?? context.environment['SIFAKA_LAB'];
  if (named) return context.absolutePath(named);
  let workingFolder: string;
  try {
    workingFolder = context.absolutePath('.');
  } catch (error) {
    if (needs === 'lab') throw error;
    return undefined;
  }
  return labMarks.some((mark) => existsSync(join(workingFolder, mark))) ? workingFolder : undefined;
}

function noLab(): Problem {
  return new Problem('LAB_NOT_FOUND', {
    what: 'This folder is not a lab, and no other was named.',
    state: 'Nothing was started.',
    next: 'Go into your lab folder, or name it with --lab DIR or SIFAKA_LAB. `sifaka lab demo DIR` makes one to try.',
  });
}
