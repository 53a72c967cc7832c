import { setTimeout } from 'node:timers/promises';
import { unescapeName } from '../../../electron/services/sync/engine/byte-names.ts';
import { type CallKind, callKinds, type Fault, type FaultErrno } from '../sync-faults/fault-control.ts';
import type { PassAnswer, PassRequest } from './pass-protocol.ts';
import { Random } from './random.ts';
import { type EditWhere, randomEdit, type Times } from './random-tree.ts';
import { contents, liveTree, readTree, temporaries, type Tree, trashTree } from './snapshot.ts';
import type { Stage } from './stage.ts';
import { areSame, everywhere, isLeft, isVersion, namedBy, putAside } from './versions.ts';

type Direction = 'a-to-b' | 'b-to-a';
const directions: readonly Direction[] = ['a-to-b', 'b-to-a'];

/** Calls that change something, or make it durable. */
const changing: readonly CallKind[] = callKinds.filter(
  (kind) => !['open', 'read', 'stat', 'list'].includes(kind),
);

const decisive: readonly CallKind[] = ['copy', 'write', 'rename', 'link', 'create', 'sync'];

/** Where something else may change a file just then. */
const looking: readonly CallKind[] = [
  'open',
  'read',
  'read',
  'copy',
  'stat',
  'create',
  'link',
  'rename',
  'times',
];

/** How often each way of disturbing a pass came about: a proof in which nothing was disturbed is none. */
export type Disturbances = Record<Fault['action'], number>;

/** What went wrong, with all that led to it. */
export class SeedFailure extends Error {
  constructor(seed: string, what: string, story: readonly string[]) {
    super(`seed ${seed}: ${what}\n  ${story.map((line) => JSON.stringify(line)).join('\n  ')}`);
  }
}

/**
 * Random trees, random edits on both sides, passes in random directions that are cut short or disturbed, then quiet ones.
 * After each pass: all contents that were there are there (in a live tree or a trash; temporaries do not count), each live
 * file is whole, a version that was under its name on one of the sides, and nothing outside was touched. At the end: the next
 * two passes have nothing to do, both sides are the same, and no temporary is left. Adds to `disturbed`. Throws a {@link SeedFailure}.
 */
export async function runSeed(
  seed: string,
  stage: Stage,
  disturbed: Disturbances,
  engine: PassRequest['engine'],
): Promise<void> {
  await new Seed(seed, stage, disturbed, engine).run();
}

class Seed {
  readonly #seed: string;
  readonly #stage: Stage;
  readonly #engine: PassRequest['engine'];
  readonly #random: Random;
  readonly #times: Times = { base: Math.floor(Date.now() / 1000) * 1000 - 86_400_000 };
  readonly #story: string[] = [];
  readonly #disturbed: Disturbances;
  readonly #deleteMissing: Direction | undefined;
  readonly #workers: number;
  readonly #operationsAtOnce: number;

  constructor(seed: string, stage: Stage, disturbed: Disturbances, engine: PassRequest['engine']) {
    this.#disturbed = disturbed;
    this.#seed = seed;
    this.#stage = stage;
    this.#engine = engine;
    this.#random = new Random(seed);
    this.#deleteMissing = this.#random.chance(0.3) ? this.#random.of(directions) : undefined;
    this.#workers = this.#random.of([1, 2, 4]);
    this.#operationsAtOnce = new Random(`${seed}, batches`).of([1, 3, 8, 4096]);
  }

  async run(): Promise<void> {
    const { a, b, outside, layer } = this.#stage;
    this.#stage.clear();
    layer.disarm();
    await this.#stage.init();
    const untouched = JSON.stringify([...readTree(outside)]);
    for (const root of [a, b]) this.#edits(root, 4 + this.#random.below(10));
    const rounds = 2 + this.#random.below(3);
    for (let round = 0; round < rounds; round++) {
      await this.#disturbedPass(this.#random.of(directions));
      for (const root of [a, b]) this.#edits(root, this.#random.below(5));
    }
    await this.#comeToRest();
    if (JSON.stringify([...readTree(outside)]) !== untouched) this.#fail('something outside was changed');
  }

  #edits(root: string, count: number, where: EditWhere = {}): void {
    const { a, b } = this.#stage;
    const [side, other] = root === a ? ['a', b] : ['b', a];
    for (let index = 0; index < count; index++)
      this.#tell(`${side}: ${randomEdit(this.#random, root, other, this.#times, where)}`);
  }

  async #disturbedPass(direction: Direction): Promise<void> {
    const fault = this.#chooseFault(direction);
    const byCommand = this.#engine === 'sifaka' && fault?.action === 'kill' && this.#random.chance(0.3);
    const layer = byCommand ? this.#stage.commandLayer : this.#stage.layer;
    if (byCommand) layer.reset();
    else this.#stage.ready();
    if (fault !== undefined) layer.arm(fault);
    const answer = await this.#pass(direction, { paused: fault?.action === 'pause', byCommand });
    layer.disarm();
    if (fault === undefined) {
      const fine = answer.problem === undefined || answer.problem === 'SYNC_BLOCKED';
      if (!fine && this.#engine === 'sifaka') this.#fail('a pass in peace had a problem');
      return;
    }
    const { times, kind, path } = layer.fired;
    if (times > 0) this.#disturbed[fault.action]++;
    this.#tell(`  ${JSON.stringify(fault)} came about ${times} times, ${kind} ${path}`);
    if (fault.action === 'kill' && (answer.problem === 'killed') !== times > 0)
      this.#fail('killed by something else');
  }

  #chooseFault(direction: Direction): Fault | undefined {
    const random = this.#random;
    const { a, b, logDir } = this.#stage;
    const [source, destination] = direction === 'a-to-b' ? [a, b] : [b, a];
    const way = random.next();
    if (way < 0.15) return undefined;
    // The early calls are the walk; it is the later ones that change something. Small numbers more often: few calls are many.
    const at = Math.floor(Math.exp(random.next() * Math.log(60)));
    const one = [random.of([...callKinds, ...decisive, ...decisive])];
    const kinds: readonly CallKind[] = random.of([one, one, changing, changing, callKinds]);
    const where = {
      kinds,
      below: random.of([destination, destination, destination, source, logDir]),
      ...(random.chance(0.15) ? { part: random.of(['.sifaka-tmp-', '.sifaka-trash']) } : {}),
    };
    if (way < 0.45)
      return { action: 'kill', moment: random.of(['before', 'after', 'halfway'] as const), ...where, at };
    if (way < 0.6)
      return {
        action: 'full',
        bytes: Math.floor(Math.exp(random.next() * Math.log(300_000))),
        below: destination,
      };
    if (way < 0.75)
      return {
        action: 'pause',
        kinds: [random.of(looking)],
        below: random.of([source, destination]),
        at,
      };
    const error = random.of<FaultErrno>(['ENOSPC', 'EIO', 'EACCES', 'ESTALE', 'EROFS', 'EDQUOT']);
    return { action: 'fail', error, onward: random.chance(0.4), ...where, at };
  }

  async #pass(
    direction: Direction,
    { paused, byCommand }: { paused: boolean; byCommand: boolean } = { paused: false, byCommand: false },
  ): Promise<PassAnswer> {
    const { a, b, logDir } = this.#stage;
    const [src, dest] = direction === 'a-to-b' ? [a, b] : [b, a];
    const before = [liveTree(a), liveTree(b)] as const;
    let mustHave = contents(...before, trashTree(a), trashTree(b));
    // What a killed pass had put aside is put back by the next one.
    const versions: Tree[] = [...before, putAside(trashTree(a)), putAside(trashTree(b))];
    const request: PassRequest = {
      engine: this.#engine,
      src,
      dest,
      direction,
      logDir,
      deleteMissing: this.#deleteMissing === direction,
      checksum: false,
      workers: this.#workers,
      operationsAtOnce: this.#operationsAtOnce,
      thresholdSeconds: 2,
    };
    const pass = byCommand ? this.#stage.passOfCommand(request) : this.#stage.pass(request);
    if (paused && (await this.#waitForPause(pass))) {
      const { kind, path } = this.#stage.layer.fired;
      this.#tell(`meanwhile, before ${kind} ${path}`);
      // Most often what is just being looked at. Where its old version may be in the trash already, and the new one about to
      // get its name, only in place: docs/sync-hazards.md names what is lost otherwise.
      const placing = kind === 'rename' || path.includes('/.sifaka-trash/');
      const prefer = this.#random.chance(0.8) ? namedBy(path, [a, b]) : undefined;
      this.#edits(this.#random.of([a, b]), 1, { prefer, inPlace: placing });
      const [liveA, liveB] = [liveTree(a), liveTree(b)];
      versions.push(liveA, liveB);
      mustHave = contents(liveA, liveB, trashTree(a), trashTree(b));
      this.#stage.layer.goOn();
    }
    const answer = await pass;
    this.#tell(`${direction}: ${answer.problem ?? 'done'} ${answer.text}`);
    for (const operation of answer.operations) this.#tell(`    ${operation}`);
    for (const { kind, filepath } of answer.notices) this.#tell(`    ${kind} ${filepath}`);
    if (answer.problem === 'bug') this.#fail('an error that is no problem');
    this.#check(mustHave, versions);
    return answer;
  }

  /** Whether the pass came to the call; it may have ended without. */
  async #waitForPause(pass: Promise<PassAnswer>): Promise<boolean> {
    const ended = pass.then(
      () => true,
      () => true,
    );
    while (!this.#stage.layer.paused) if (await Promise.race([ended, setTimeout(2, false)])) return false;
    return true;
  }

  #check(mustHave: ReadonlySet<string>, versions: readonly Tree[]): void {
    const { a, b } = this.#stage;
    const live = [liveTree(a), liveTree(b)] as const;
    const have = contents(...live, trashTree(a), trashTree(b));
    const lost = [...mustHave].filter((content) => !have.has(content));
    if (lost.length > 0) {
      const names = versions.flatMap((tree) => [...tree]).filter(([, seen]) => lost.includes(seen.content));
      this.#fail(`lost: ${JSON.stringify([...new Set(names.map(([path]) => path))])}`);
    }
    for (const [side, tree] of live.entries())
      for (const [path, seen] of tree) {
        // Of a file with several names, all get the time that one of them was given.
        const timed = everywhere(versions, seen.content).some((version) => isVersion(version, seen));
        const whole = timed && versions.some((version) => version.get(path)?.content === seen.content);
        if (!whole && seen.kind === 'file') {
          const were = versions.map((version) => version.get(path));
          this.#fail(`torn on ${'ab'[side]}: ${JSON.stringify([path, seen, ...were])}`);
        }
      }
  }

  /** Passes in peace: what failed before is caught up with; then there is nothing left to do. */
  async #comeToRest(): Promise<void> {
    this.#tell('quiet');
    if (this.#engine !== 'sifaka') return;
    for (let round = 0; round < 2; round++)
      for (const direction of directions) {
        const { problem } = await this.#pass(direction);
        if (problem !== undefined && (problem !== 'SYNC_BLOCKED' || round > 0))
          this.#fail(`a quiet pass had ${problem}`);
      }
    const last: PassAnswer[] = [];
    for (const direction of directions) last.push(await this.#pass(direction));
    if (last.some(({ operations, problem }) => operations.length > 0 || problem !== undefined))
      this.#fail('the last passes had something to do');
    const left = new Set(
      last.flatMap(({ notices }) => notices.map(({ filepath }) => unescapeName(filepath) ?? filepath)),
    );
    const [a, b] = [liveTree(this.#stage.a), liveTree(this.#stage.b)];
    // Where nothing is entered, nothing is found either.
    const remains = [...temporaries(this.#stage.a), ...temporaries(this.#stage.b)].filter(
      (path) => !isLeft(path, left),
    );
    if (remains.length > 0) this.#fail(`temporaries are left: ${JSON.stringify(remains)}`);
    const different = [...new Set([...a.keys(), ...b.keys()])].filter(
      (path) => !isLeft(path, left) && !areSame(a.get(path), b.get(path)),
    );
    if (different.length > 0) this.#fail(`different at the end: ${JSON.stringify(different)}`);
  }

  #tell(line: string): void {
    this.#story.push(line);
  }

  #fail(what: string): never {
    throw new SeedFailure(this.#seed, what, this.#story);
  }
}
