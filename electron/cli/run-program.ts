import { type Command, CommanderError } from 'commander';
import { terminalLines, terminalText } from '../../shared/terminal-text.ts';
import { absolutePath } from './absolute-path.ts';
import type { CommandContext, GlobalOptions, RunCommand } from './command-context.ts';
import { exitCodeOf, problemBehind, usageProblem } from './failure.ts';
import { watchInterrupts } from './interrupts.ts';
import { createOutput } from './output.ts';

const cancelledExitCode = 130;

/**
 * Runs a program of the command line from its arguments to its exit code, and ends the process. `create` is given what runs
 * the work of a command and prints what comes of it.
 */
export async function runProgram(
  create: (run: RunCommand) => Command,
  {
    pageFolder,
    arguments: words = process.argv.slice(2),
  }: { readonly pageFolder: string; readonly arguments?: readonly string[] },
): Promise<never> {
  const output = createOutput({
    json: words.includes('--json'),
    stdout: process.stdout,
    stderr: process.stderr,
  });
  const interrupts = watchInterrupts(process, {
    stopping() {
      output.statusLine(undefined);
      output.say('Stopping … (once more to leave at once)');
    },
    leave(stateLeft) {
      output.statusLine(undefined);
      output.say(`Left at once. ${terminalText(stateLeft)}`);
      process.exit(cancelledExitCode);
    },
  });
  // A reader that goes away (`sifaka … | head`) must not cut a run short: what it no longer reads is dropped.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

  const run: RunCommand = async (command, work) => {
    const context: CommandContext = {
      options: command.optsWithGlobals<GlobalOptions>(),
      output,
      interrupts,
      environment: process.env,
      input: process.stdin,
      pageFolder,
      now: () => new Date(),
      absolutePath,
    };
    const result = await work(context);
    output.report(nameOf(command), result);
    process.exitCode = result.exitCode ?? 0;
  };

  function failed(error: unknown): number {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      const problem = usageProblem(error);
      // A group without its command (`sifaka card`) has printed its help on stderr already.
      if (error.code !== 'commander.help' || output.json) output.problem(problem);
      return exitCodeOf(problem);
    }
    const problem = problemBehind(error, interrupts.signal.aborted);
    output.problem(problem);
    if (problem.code === 'INTERNAL' && process.env['SIFAKA_DEBUG'] && error instanceof Error) {
      output.say(terminalLines(error.stack ?? error.message));
    }
    return exitCodeOf(problem);
  }

  try {
    await create(run).parseAsync(words, { from: 'user' });
  } catch (error) {
    process.exitCode = failed(error);
  }
  interrupts.stop();
  await output.flush();
  // What a library left open must not keep a finished command from ending.
  process.exit();
}

/** `card burn`, without the program's own name; that alone when there is nothing after it. */
function nameOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) names.unshift(at.name());
  return names.length === 0 ? command.name() : names.join(' ');
}
