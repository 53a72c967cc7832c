import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import packageFile from '../../package.json' with { type: 'json' };
import { terminalLines, terminalText } from '../../shared/terminal-text.ts';
import type { CommandContext, GlobalOptions, RunCommand } from './command-context.ts';
import { exitCodeOf, problemBehind, usageProblem } from './failure.ts';
import { absolutePath } from './absolute-path.ts';
import { watchInterrupts } from './interrupts.ts';
import { createOutput } from './output.ts';
import { createProgram } from './program.ts';

const cancelledExitCode = 130;

const output = createOutput({
  json: process.argv.includes('--json'),
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
    pageFolder: pageFolder(),
    now: () => new Date(),
    absolutePath,
  };
  const result = await work(context);
  output.report(nameOf(command), result);
  process.exitCode = result.exitCode ?? 0;
};

try {
  await createProgram(run, packageFile.version).parseAsync();
} catch (error) {
  process.exitCode = failed(error);
}
interrupts.stop();
await output.flush();
// What a library left open must not keep a finished command from ending.
process.exit();

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

/** `card burn`, without the program's own name. */
function nameOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

/** The built page: beside out/main when this is built, out/renderer of the checkout when it runs from source. */
function pageFolder(): string {
  const beside = join(import.meta.dirname, '..', 'renderer');
  return existsSync(join(beside, 'index.html'))
    ? beside
    : join(import.meta.dirname, '..', '..', 'out', 'renderer');
}
