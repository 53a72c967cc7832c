import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { createProgram } from '../../../electron/cli/program.ts';
import { failures, goodFacts, rowOf } from './overview-cases.ts';

const program = createProgram(() => Promise.resolve(), '0.0.0');

/** What is wrong with a command line, as the program's own commands and options have it. */
function complaint(line: string): string | undefined {
  const words = line.split(' ').slice(1);
  let command: Command = program;
  for (let word = words[0]; word !== undefined; word = words[0]) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  // Commander says of no command whether it does something by itself, or only has others below it.
  const does = Reflect.get(command, '_actionHandler') !== null;
  if (command === program || !does) return `${line}: there is no such command`;
  for (const word of words.filter((one) => one.startsWith('--')))
    if (!command.options.some(({ long }) => long === word)) return `${line}: it has no ${word}`;
  const given = words.filter((word, index) => !word.startsWith('--') && !words[index - 1]?.startsWith('--'));
  const taken = command.registeredArguments;
  if (given.length > taken.length && taken.at(-1)?.variadic !== true)
    return `${line}: it takes no ${given.at(-1)}`;
  return undefined;
}

/** The command lines that a text names: the words after `sifaka` up to one that is no part of a command. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/\bsifaka(?: (?:--)?[a-z][a-z-]*(?:\/\d+)?)+/g)].map(([line]) =>
    line.replace(/ (?:says|then)\b.*/, ''),
  );
}

it('what a reason tells to do can be typed', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const named = Object.values(failures).flatMap((change) =>
    rowOf(change(goodFacts(now))).reasons.flatMap(({ next }) => commandsIn(next)),
  );
  expect(new Set(named).size).toBeGreaterThan(6);
  expect(named.flatMap((line) => complaint(line) ?? [])).toEqual([]);
  expect(complaint('sifaka backups collect')).toContain('no such command');
  expect(complaint('sifaka backups verify --guests baobab/100')).toContain('--guests');
});
