import type { Command } from 'commander';
import { Problem } from '../../../shared/problem.ts';
import { terminalText } from '../../../shared/terminal-text.ts';
import { askHidden, canAsk } from '../ask.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { inputInvalid } from '../failure.ts';
import { randomSecret } from '../random-secrets.ts';
import { readPassphraseFile, withIdentity, withSession } from '../session.ts';
import { tableText } from '../text/table.ts';

/** Bytes; what a sealed secret may hold. */
const largestSecret = 65_536;

const stateWords = {
  'sealed-and-readable': 'sealed, opens here',
  sealed: 'sealed, not opened',
  unreadable: 'UNREADABLE here',
  missing: 'MISSING',
} as const;

export function addSecretCommands(program: Command, run: RunCommand): void {
  const secrets = program.command('secrets').description('sealed secrets: tokens, keys, passwords');

  secrets
    .command('init')
    .description('make your identity if there is none, and let it open the secrets of this lab')
    .option('--passphrase', 'protect the identity with a passphrase (asked for, or from --passphrase-file)')
    .action((options: { passphrase?: boolean }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async (session) => {
          const input = options.passphrase ? { passphrase: await newPassphrase(context) } : {};
          const identity = await withIdentity(context, session, () => session.client.secrets.init(input));
          const made = identity.created
            ? 'Your identity was made. Keep a copy of its file: without it nobody opens what is sealed for it.'
            : 'Your identity was there already.';
          return {
            report: identity,
            text: `${made}\n  file       ${terminalText(identity.file)}\n  recipient  ${terminalText(identity.recipient)}\n\nNext: sifaka secrets seal NAME`,
          };
        }),
      ),
    );

  secrets
    .command('seal <name>')
    .description('seal a value, read from stdin or asked for without echo; never an argument')
    .option('--generate', 'seal a random value nobody has seen')
    .option('--replace', 'replace the secret that is there')
    .action((name: string, options: { generate?: boolean; replace?: boolean }, command: Command) =>
      run(command, (context) =>
        withSession(context, 'lab', async (session) => {
          const value = options.generate ? randomSecret() : await readSecret(context, name);
          const { file } = await withIdentity(context, session, () =>
            session.client.secrets.seal({ name, value, replace: options.replace === true }),
          );
          return {
            report: { name, file },
            text: `${terminalText(name)} is sealed in ${terminalText(file)}.`,
          };
        }),
      ),
    );

  secrets
    .command('check')
    .description('which secrets the nodes need, and whether each can be opened')
    .action((_options, command: Command) => run(command, checkSecrets));
}

async function checkSecrets(context: CommandContext): Promise<CommandResult> {
  return withSession(context, 'lab', async (session) => {
    const { client } = session;
    let found = await client.secrets.check();
    if (found.identity === 'locked' && (canAsk(context) || context.options.passphraseFile !== undefined)) {
      found = await withIdentity(context, session, async () => {
        const checked = await client.secrets.check();
        if (checked.identity === 'locked') throw identityLocked();
        return checked;
      });
    }
    const good = found.secrets.filter((secret) => secret.state === 'sealed-and-readable').length;
    const rows = found.secrets.map(({ name, state, neededBy }) => [
      name,
      stateWords[state],
      neededBy.join(' ') || 'no node',
    ]);
    const identity = {
      none: 'There is no identity on this machine: `sifaka secrets init` makes one.',
      locked:
        'The identity is locked, so nothing was opened. Run this in a terminal, or give --passphrase-file.',
      ready: `${good} of ${found.secrets.length} open with your identity.`,
    }[found.identity];
    return {
      report: found,
      text: `${tableText([{ title: 'SECRET' }, { title: 'STATE' }, { title: 'NEEDED BY' }], rows)}\n\n${identity}`,
      exitCode: good === found.secrets.length ? 0 : 2,
    };
  });
}

function identityLocked(): Problem {
  return new Problem('IDENTITY_LOCKED', {
    what: 'Your identity is locked by its passphrase.',
    state: 'Nothing was opened.',
    next: 'Give the passphrase.',
  });
}

async function newPassphrase(context: CommandContext): Promise<string> {
  if (context.options.passphraseFile !== undefined) return readPassphraseFile(context);
  if (!canAsk(context)) {
    throw inputInvalid(
      'A passphrase cannot be asked for without a terminal.',
      'Run this in a terminal, or name a file that holds the passphrase: --passphrase-file FILE.',
    );
  }
  const first = await askHidden(context, 'New passphrase: ');
  const second = await askHidden(context, 'The same again: ');
  if (first !== second) throw inputInvalid('The two passphrases differ.', 'Start again.');
  if (first === '') throw inputInvalid('The passphrase is empty.', 'Start again, or leave --passphrase out.');
  return first;
}

/** From stdin, without the newline at its end; on a terminal asked for without echo. */
async function readSecret(context: CommandContext, name: string): Promise<string> {
  if (canAsk(context))
    return notEmpty(await askHidden(context, `Value of ${terminalText(name)} (not shown): `));
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of context.input) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    chunks.push(bytes);
    if (size > largestSecret + 2) {
      throw new Problem('SECRET_TOO_LARGE', {
        what: `The value is larger than ${largestSecret} bytes.`,
        state: 'Nothing was sealed.',
        next: 'Seal a smaller value; large files can be hooks of a node.',
      });
    }
  }
  try {
    return notEmpty(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
        .decode(Buffer.concat(chunks))
        .replace(/\r?\n$/, ''),
    );
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw inputInvalid('The value is not text in UTF-8.', 'Encode it first, for example with base64.');
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}

function notEmpty(value: string): string {
  if (value !== '') return value;
  throw inputInvalid('The value is empty.', 'Give it on stdin, or use --generate for a random one.');
}
