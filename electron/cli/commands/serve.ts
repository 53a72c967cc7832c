import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Problem } from '../../../shared/problem.ts';
import { runSchedules } from '../../hosts/schedules.ts';
import { startWebHost } from '../../hosts/web.ts';
import type { CommandContext, CommandResult, RunCommand } from '../command-context.ts';
import { askBesideThePage } from '../ask-to-erase.ts';
import { inputInvalid } from '../failure.ts';
import { openBrowser } from '../open-browser.ts';
import { withSession } from '../session.ts';

interface ServeOptions {
  readonly port: string;
  readonly role: string;
  readonly open?: boolean;
}

export function addServeCommand(program: Command, run: RunCommand): void {
  program
    .command('serve')
    .description('the app in a browser of this machine, until Ctrl-C')
    .option('--port <port>', '0 for any free one', '0')
    .option('--role <role>', 'viewer may look, operator may change things', 'operator')
    .option('--open', 'open the browser')
    .action((options: ServeOptions, command: Command) => run(command, (context) => serve(context, options)));
}

async function serve(context: CommandContext, options: ServeOptions): Promise<CommandResult> {
  const port = Number(options.port);
  if (!/^\d{1,5}$/.test(options.port) || port > 65_535) {
    throw inputInvalid(
      `${options.port} is not a port.`,
      'Give a number from 0 to 65535; 0 takes any free port.',
    );
  }
  if (options.role !== 'viewer' && options.role !== 'operator') {
    throw inputInvalid(`${options.role} is not a role.`, 'Give --role viewer or --role operator.');
  }
  const { role } = options;
  requirePage(context.pageFolder);
  return withSession(context, 'lab', async ({ services }) => {
    const host = await startWebHost({
      services,
      port,
      role,
      staticFolder: context.pageFolder,
      askOperator: askBesideThePage(context),
    });
    const stopSchedules = runSchedules(services);
    const forgetPage = options.open ? await openPage(host.url, context) : undefined;
    try {
      announce(context, host.url);
      await interrupted(context.interrupts.signal);
    } finally {
      stopSchedules();
      await forgetPage?.();
      await host.close();
    }
    return { report: { stopped: true }, text: 'Stopped.' };
  });
}

/** The URL is the first line of stdout in both forms: it carries the token, so it goes nowhere else. */
function announce({ output }: CommandContext, url: string): void {
  if (output.json) output.event({ type: 'serving', url });
  else output.results.write(`${url}\n`);
  output.say(
    'Open this address in a browser of this machine. It holds the key to this lab: do not share it. Ctrl-C stops.',
  );
}

function requirePage(folder: string): void {
  if (existsSync(join(folder, 'index.html'))) return;
  throw new Problem('INPUT_INVALID', {
    what: 'The page of the app is not built yet.',
    state: 'Nothing was started.',
    next: 'Run `npm run build` in the checkout, or start the app with `npm start`.',
  });
}

function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

function openPage(url: string, { output }: CommandContext): Promise<() => Promise<void>> {
  return openBrowser(url, {
    onFailure: () => output.say('No browser could be opened; open the address yourself.'),
  });
}
