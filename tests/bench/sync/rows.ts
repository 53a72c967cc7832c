import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant, Sides } from './contestants.ts';
import { editTree, makeLargeFile, makeTree, type TreeShape } from './make-tree.ts';
import { type Run, runTimed, sumOf } from './measure.ts';
import type { RowName } from './settings.ts';

/** Something that every contestant does, again and again. */
export interface Row {
  readonly name: RowName;
  readonly words: string;
  /** It takes few rounds. */
  readonly isLarge: boolean;
  takesPart(contestant: Contestant): boolean;
  /** Makes what is there before; the contestants are those that take part. */
  setUp(folder: string, contestants: readonly Contestant[]): Promise<void>;
  /** One run. `ready` is called right before each command that is timed. */
  run(folder: string, contestant: Contestant, ready: () => void): Promise<Run>;
}

const kilo = 1000;
const shapes: Readonly<Record<'no-op 20k' | 'no-op 100k' | 'no-op 1M', TreeShape>> = {
  'no-op 20k': { files: 20 * kilo, bytes: 302e6 },
  'no-op 100k': { files: 100 * kilo, bytes: 100e6 },
  'no-op 1M': { files: 1000 * kilo, bytes: 200e6 },
};

export function makeRow(name: RowName, quick: boolean): Row {
  const small = ({ files, bytes }: TreeShape): TreeShape =>
    quick ? { files: files / 100, bytes: bytes / 100 } : { files, bytes };
  if (name === 'edits') return edits(small(shapes['no-op 20k']));
  if (name === 'first copy') {
    const shape = small(shapes['no-op 20k']);
    const words = `${count(shape.files)} files (${count(shape.bytes / 1e6)} MB) into an empty folder`;
    return firstCopy(name, words, (root) => makeTree(root, shape));
  }
  if (name === 'large file') {
    const bytes = quick ? 64 << 20 : 4 * 2 ** 30;
    const words = `one file of ${count(bytes / 2 ** 20)} MiB into an empty folder`;
    return firstCopy(name, words, (root) => {
      mkdirSync(root, { recursive: true });
      makeLargeFile(join(root, 'film.mkv'), bytes);
    });
  }
  return noOperation(name, small(shapes[name]));
}

/** Both sides are alike; the same two folders for everybody, since nobody changes them. */
function noOperation(name: RowName, shape: TreeShape): Row {
  return {
    name,
    words: `${count(shape.files)} files, nothing to do, both ways`,
    isLarge: shape.files > 500_000,
    takesPart: (contestant) => contestant.writesOnly !== true,
    async setUp(folder, contestants) {
      for (const side of ['a', 'b']) makeTree(join(folder, side), shape);
      for (const contestant of contestants) await getUsedTo(contestant, sharedSides(folder, contestant));
    },
    async run(folder, contestant, ready) {
      const sides = sharedSides(folder, contestant);
      contestant.show?.(sides);
      const run = await runPasses(contestant, sides, ready);
      contestant.hide?.(sides);
      return run;
    },
  };
}

/** One file of a hundred was changed on one side; everybody has two folders of his own. */
function edits(shape: TreeShape): Row {
  const changed = Math.ceil(shape.files / 100);
  let later = 0;
  return {
    name: 'edits',
    words: `${count(changed)} of ${count(shape.files)} files changed on one side, both ways`,
    isLarge: false,
    takesPart: (contestant) => contestant.writesOnly !== true,
    async setUp(folder, contestants) {
      for (const contestant of contestants) {
        const sides = sidesOf(join(folder, contestant.name));
        for (const side of [sides.a, sides.b]) makeTree(side, shape);
        await getUsedTo(contestant, sides);
        contestant.show?.(sides);
      }
    },
    async run(folder, contestant, ready) {
      const sides = sidesOf(join(folder, contestant.name));
      later += 3600;
      editTree(sides.a, shape, changed, later);
      const run = await runPasses(contestant, sides, ready);
      expectAlike(sides);
      return run;
    },
  };
}

/**
 * The other side is empty each time, and nobody has ever seen either. What was copied stays until the end where it is many
 * files: ext4 without a journal goes slowly around the inodes of files that were deleted a minute ago.
 */
function firstCopy(name: RowName, words: string, make: (root: string) => void): Row {
  let runs = 0;
  const isLarge = name === 'large file';
  return {
    name,
    words,
    isLarge,
    takesPart: () => true,
    async setUp(folder) {
      make(join(folder, 'a'));
      await Promise.resolve();
    },
    async run(folder, contestant, ready) {
      runs += 1;
      const sides = { ...sidesOf(join(folder, `run-${runs}`)), a: join(folder, 'a') };
      mkdirSync(sides.b, { recursive: true });
      mkdirSync(sides.own);
      await prepare(contestant, sides);
      contestant.show?.(sides);
      ready();
      const run = await runTimed(contestant.firstCopy(sides), sides.own);
      contestant.hide?.(sides);
      expectAlike(sides);
      if (isLarge) rmSync(sides.b, { recursive: true });
      return run;
    },
  };
}

const sidesOf = (folder: string): Sides => ({
  a: join(folder, 'a'),
  b: join(folder, 'b'),
  own: join(folder, 'own'),
});

const sharedSides = (folder: string, { name }: Contestant): Sides => ({
  ...sidesOf(folder),
  own: join(folder, 'own', name),
});

/** It has seen both sides before, and keeps of them what it keeps. */
async function getUsedTo(contestant: Contestant, sides: Sides): Promise<void> {
  mkdirSync(sides.own, { recursive: true });
  await prepare(contestant, sides);
  contestant.show?.(sides);
  for (const _ of [1, 2]) await runPasses(contestant.untimed ?? contestant, sides, () => undefined);
  contestant.hide?.(sides);
}

async function prepare(contestant: Contestant, sides: Sides): Promise<void> {
  const command = contestant.prepare?.(sides);
  if (command !== undefined) await runTimed(command, sides.own);
  contestant.hide?.(sides);
}

async function runPasses(contestant: Contestant, sides: Sides, ready: () => void): Promise<Run> {
  const runs: Run[] = [];
  for (const command of contestant.passes(sides)) {
    ready();
    runs.push(await runTimed(command, sides.own));
  }
  return sumOf(runs);
}

/** Names, sizes and times (to the second) of both sides, and each fiftieth content. What begins with a dot is a contestant's own. */
function expectAlike({ a, b }: Sides): void {
  const [there, here] = [namesIn(a), namesIn(b)];
  if (there.join('\n') !== here.join('\n')) throw new Error(`${a} and ${b} have other names`);
  for (const [index, name] of there.entries()) {
    const [one, other] = [statSync(join(a, name)), statSync(join(b, name))];
    if (!one.isFile()) continue;
    const isAlike = one.size === other.size && Math.abs(one.mtimeMs - other.mtimeMs) < 1000;
    const isRead = index % 50 === 0 && one.size < 2 ** 30;
    if (!isAlike || (isRead && !readFileSync(join(a, name)).equals(readFileSync(join(b, name)))))
      throw new Error(`${name} is another in ${b}`);
  }
}

const namesIn = (side: string): string[] =>
  readdirSync(side, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.'))
    .toSorted();

const count = (number: number): string => Math.round(number).toLocaleString('en-US');
