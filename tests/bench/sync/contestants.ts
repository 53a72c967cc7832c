import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Both sides that a contestant keeps alike, and a folder for what it keeps itself. */
export interface Sides {
  readonly a: string;
  readonly b: string;
  readonly own: string;
}

export interface Command {
  readonly argv: readonly [program: string, ...words: string[]];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Contestant {
  readonly name: string;
  /** A file that `npm run build` makes. */
  readonly needs?: string;
  /** Only where something is written: it is another otherwise. */
  readonly writesOnly?: true;
  /** One command for each direction; a single one where the program does both by itself. */
  passes(sides: Sides): readonly Command[];
  /** The first of them. */
  firstCopy(sides: Sides): Command;
  /** Run once before anything is measured, when both sides are there. */
  prepare?(sides: Sides): Command;
  /** As it is run where nobody measures, if that is another way. */
  readonly untimed?: Contestant;
  /** What it puts into both sides is put there before its runs, and taken out after them. */
  show?(sides: Sides): void;
  hide?(sides: Sides): void;
}

const marker = '.sifaka-sync.json';

/** The built command, as the package's user runs it; nothing of it is loaded into this process. */
function sifaka(root: string, options: readonly string[]): Contestant {
  const program = join(root, 'out/main/ha-sync.js');
  const run = (own: string, words: readonly string[]): Command => ({
    argv: [process.execPath, ...options, program, '--pair', 'bench', '--log-dir', join(own, 'log'), ...words],
  });
  const pass = (source: string, destination: string, direction: string, own: string) =>
    run(own, ['--src', source, '--dest', destination, '--direction', direction]);
  const cli = join(root, 'out/main/cli.js');
  return {
    name: 'Sifaka',
    needs: program,
    passes: ({ a, b, own }) => [pass(a, b, 'a-to-b', own), pass(b, a, 'b-to-a', own)],
    firstCopy: ({ a, b, own }) => pass(a, b, 'a-to-b', own),
    prepare: ({ a, b }) => ({
      argv: [process.execPath, cli, 'sync', 'init', '--src', a, '--dest', b, '--pair', 'bench'],
    }),
    // The marks differ on purpose; the others would copy them.
    show: ({ a, b, own }) => moveMarks([join(own, 'mark-a'), a], [join(own, 'mark-b'), b]),
    hide: ({ a, b, own }) => moveMarks([a, join(own, 'mark-a')], [b, join(own, 'mark-b')]),
  };
}

function moveMarks(...moves: readonly (readonly [from: string, to: string])[]): void {
  for (const [from, to] of moves) {
    mkdirSync(to, { recursive: true });
    if (existsSync(join(from, marker))) renameSync(join(from, marker), join(to, marker));
  }
}

function rsync(name: string, ...options: readonly string[]): Contestant {
  const pass = (source: string, destination: string): Command => ({
    argv: ['rsync', '-a', '--update', ...options, `${source}/`, `${destination}/`],
  });
  return {
    name,
    ...(options.length > 0 && { writesOnly: true }),
    passes: ({ a, b }) => [pass(a, b), pass(b, a)],
    firstCopy: ({ a, b }) => pass(a, b),
  };
}

const rcloneCopy = (source: string, destination: string): Command => ({
  argv: ['rclone', 'copy', '--update', '--quiet', '--config=', source, destination],
});

const rclone: Contestant = {
  name: 'rclone',
  passes: ({ a, b }) => [rcloneCopy(a, b), rcloneCopy(b, a)],
  firstCopy: ({ a, b }) => rcloneCopy(a, b),
};

const unisonBoth = ({ a, b, own }: Sides): Command => ({
  argv: ['unison', a, b, '-ui', 'text', '-batch', '-auto', '-silent', '-times', '-prefer', 'newer'],
  env: { UNISON: join(own, 'unison') },
});

const unison: Contestant = {
  name: 'unison',
  passes: (sides) => [unisonBoth(sides)],
  firstCopy: unisonBoth,
};

/**
 * `root` is Sifaka's folder, with what `npm run build` makes. With `first`, what is timed goes before everything else that runs
 * on the machine (sched(7), SCHED_RR). V8's own threads would wait for ours then, so that nothing would ever be compiled.
 */
export function contestants(root: string, { first }: { readonly first: boolean }): Contestant[] {
  const all = [
    sifaka(root, first ? ['--no-concurrent-recompilation'] : []),
    rsync('rsync'),
    rsync('rsync --fsync', '--fsync'),
    rclone,
    unison,
  ];
  return first ? all.map(goesFirst) : all;
}

const before = (command: Command): Command => ({ ...command, argv: ['chrt', '--rr', '10', ...command.argv] });

function goesFirst(contestant: Contestant): Contestant {
  return {
    ...contestant,
    passes: (sides) => contestant.passes(sides).map(before),
    firstCopy: (sides) => before(contestant.firstCopy(sides)),
    untimed: contestant,
  };
}
