import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readFile, rm, truncate } from 'node:fs/promises';
import { basename, join } from 'node:path';
import canonicalize from 'canonicalize';
import { expect, type TestContext } from 'vitest';
import { createDrives } from '../../../electron/services/drives/create-drives.ts';
import type { CardPlan } from '../../../shared/schemas/card.ts';
import type { Drive } from '../../../shared/schemas/drive.ts';
import { buildWriter } from '../../e2e/built-writer.ts';
import { requireTools, unproven } from '../../rig/required-tools.ts';
import { LoopDevices, runTool } from '../drives/loop-devices.ts';
import { type End, runWriter, say, sayBytes, type Start, type Step } from './writer-alone.ts';

const MiB = 2 ** 20;
export const imageSize = 4 * MiB;
export const driveSize = 8 * MiB;

/** The writer as it is now, built once for a file of tests. */
async function builtScript(): Promise<{ script: string; remove: () => Promise<void> }> {
  const { resources, remove } = await buildWriter();
  return { script: join(resources, '../out/writer/writer.mjs'), remove };
}

/** Skips the test loudly where no writer can be tested. */
export function requireDevices(context: TestContext): void {
  requireTools(context, 'losetup', 'lsblk', 'wipefs');
  if (process.geteuid?.() !== 0) unproven(context, 'needs root for loop devices');
}

/** One stage for all tests of a file, since a refusal leaves it as it was; made by the first test that can have one. */
export class SharedStage {
  #writer: ReturnType<typeof builtScript> | undefined;
  #stage: Promise<ForgedStage> | undefined;

  async get(context: TestContext): Promise<ForgedStage> {
    requireDevices(context);
    this.#stage ??= this.own(context);
    return await this.#stage;
  }

  /** A stage of the test's own, which disposes of it. */
  async own(context: TestContext, ...tools: readonly string[]): Promise<ForgedStage> {
    requireDevices(context);
    requireTools(context, ...tools);
    this.#writer ??= builtScript();
    return await ForgedStage.open(context, (await this.#writer).script);
  }

  async close(): Promise<void> {
    await (await this.#stage)?.[Symbol.asyncDispose]();
    await (await this.#writer)?.remove();
  }
}

/** What a device must not lose: every byte of its file, what the kernel counts as written to it, and its mounts. */
export interface Sight {
  readonly sha256: string;
  readonly written: string;
  readonly mounts: string;
}

/**
 * A target and a bystander, both full of random bytes, and a golden image: what an attacker has who controls the app. Made
 * anew for each test, so that no test depends on another.
 */
export class ForgedStage implements AsyncDisposable {
  readonly loops: LoopDevices;
  readonly script: string;
  readonly target: Drive;
  readonly bystander: Drive;
  readonly image: FileHandle;
  readonly imagePath: string;
  readonly #files: Map<string, string>;

  private constructor(
    loops: LoopDevices,
    script: string,
    drives: readonly [Drive, Drive],
    image: { handle: FileHandle; path: string },
    files: Map<string, string>,
  ) {
    this.loops = loops;
    this.script = script;
    [this.target, this.bystander] = drives;
    this.image = image.handle;
    this.imagePath = image.path;
    this.#files = files;
  }

  static async open(context: TestContext, script: string): Promise<ForgedStage> {
    const loops = await LoopDevices.open(context);
    const files = new Map<string, string>();
    try {
      const device = async (name: string) => {
        const file = await randomFile(join(loops.folder, name), driveSize);
        const path = await loops.attach(file);
        files.set(path, file);
        return path;
      };
      const [target, bystander] = [await device('target'), await device('bystander')];
      const path = await randomFile(join(loops.folder, 'golden.raw'), imageSize);
      const handle = await open(path, 'r');
      const drives: [Drive, Drive] = await drivesAt(target, bystander);
      return new ForgedStage(loops, script, drives, { handle, path }, files);
    } catch (error) {
      await loops[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One more device, of a file in which something was made before, that must not be changed either; answers its path. */
  async another(
    name: string,
    {
      size = driveSize,
      make,
      options = [],
    }: { size?: number; make?: (file: string) => Promise<unknown>; options?: readonly string[] } = {},
  ): Promise<string> {
    const file = await randomFile(join(this.loops.folder, name), driveSize);
    await truncate(file, size);
    await make?.(file);
    const path = await this.loops.attach(file, ...options);
    this.#files.set(path, file);
    return path;
  }

  /** Attaches the target's file anew, as a drive that is plugged in again would be. */
  async attachAgain(): Promise<void> {
    await this.loops.attachAgain(this.target.path, this.fileOf(this.target.path));
  }

  fileOf(device: string): string {
    const file = this.#files.get(device);
    if (file === undefined) throw new Error(`${device} is none of this test's`);
    return file;
  }

  plan(changes: Partial<CardPlan['target']> = {}, rest: Partial<CardPlan> = {}): CardPlan {
    const { path, label, size, identity, contents } = this.target;
    return {
      schema: 'sifaka.card-plan/1',
      node: 'titan-13',
      nodeClass: 'titan',
      hostname: 'titan-13',
      clock: '2026-01-01T00:00:00Z',
      image: { name: 'golden', fileSha256: '0'.repeat(64), rawSha256: '0'.repeat(64), size: imageSize },
      target: { kind: 'drive', path, label, size, identity, contents, ...changes },
      changes: [],
      write: { mappedBytes: imageSize, injectedBytes: 4096, cells: [1], estimatedSeconds: 1 },
      freeSpace: 'keep',
      erases: 'all of it',
      warnings: [],
      ...rest,
    };
  }

  /** A plan for another device, with what is really there. */
  async planFor(path: string): Promise<CardPlan> {
    const { label, size, identity, contents } = await driveAt(path);
    return this.plan({ path, label, size, identity, contents });
  }

  /** The messages of a job that is as it should be, up to its end. */
  job(plan = this.plan(), changes: Record<string, unknown> = {}): Step[] {
    return [
      burn(plan, changes),
      ...deltaOf(8192),
      say({ type: 'begin' }),
      'ready',
      say({ type: 'erase' }),
      'body',
      say({ type: 'head' }),
      'head',
      say({ type: 'finish' }),
      'done',
    ];
  }

  /** Runs the writer with the golden image as its input. */
  async run(steps: readonly Step[], start: Partial<Start> = {}): Promise<End> {
    return await runWriter({ script: this.script, input: this.image.fd, ...start }, steps);
  }

  /** Runs it, and holds every device of this test against what it was before. */
  async runUntouched(steps: readonly Step[], start: Partial<Start> = {}): Promise<End> {
    const before = await this.look();
    const end = await this.run(steps, start);
    expect(await this.look()).toEqual(before);
    return end;
  }

  async look(): Promise<Record<string, Sight>> {
    const seen = [...this.#files].map(async ([path, file]) => [path, await lookAt(path, file)] as const);
    return Object.fromEntries(await Promise.all(seen));
  }

  async lookAt(device: string): Promise<Sight> {
    return await lookAt(device, this.fileOf(device));
  }

  /**
   * A place where desktops mount what a person plugged in. As there, where systemd sees to it, what is unmounted here goes
   * from the namespaces too that began with a copy of it (own-mounts.ts).
   */
  async mediaFolder(): Promise<string> {
    const place = await mkdtemp('/media/sifaka-forged-');
    await this.loops.during(
      () => Promise.resolve(),
      () => rm(place, { recursive: true }),
    );
    await this.loops.during(
      () => runTool('mount', '-t', 'tmpfs', '-o', 'mode=755', '--make-shared', 'sifaka-media', place),
      () => runTool('umount', place),
    );
    return place;
  }

  async firstBytes(device: string, length: number): Promise<Buffer> {
    return (await readFile(this.fileOf(device))).subarray(0, length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.image.close();
    await this.loops[Symbol.asyncDispose]();
  }
}

/** A message `burn` for two pieces: the head, and what is after it; other fields on top. */
export function burn(plan: unknown, changes: Record<string, unknown> = {}): Buffer {
  const planText = canonicalize(plan) ?? '';
  return say({
    type: 'burn',
    protocol: 1,
    planText,
    planDigest: digestOf(planText),
    pieces: [
      [0, MiB],
      [2 * MiB, MiB],
    ],
    deltaBytes: 8192,
    ...changes,
  });
}

/** As many bytes of changes, in two frames. */
export function deltaOf(bytes: number): Buffer[] {
  const half = bytes / 2;
  return [sayBytes(4096, Buffer.alloc(half, 1)), sayBytes(2 * MiB, Buffer.alloc(bytes - half, 2))];
}

/** With a text of the plan as it is, whatever it is; the digest is the text's own unless told. */
export function burnText(planText: string, planDigest = digestOf(planText)): Buffer {
  return burn({}, { planText, planDigest });
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export async function driveAt(path: string): Promise<Drive> {
  const [drive] = await drivesAt(path, path);
  return drive;
}

async function drivesAt(one: string, other: string): Promise<[Drive, Drive]> {
  const drives = await createDrives({ protectedPaths: [] }).list();
  const at = (path: string) => {
    const drive = drives.find((candidate) => candidate.path === path);
    if (drive === undefined) throw new Error(`${path} is not listed`);
    return drive;
  };
  return [at(one), at(other)];
}

export async function randomFile(path: string, size: number): Promise<string> {
  await using handle = await open(path, 'wx');
  await handle.writeFile(randomBytes(size));
  return path;
}

async function lookAt(path: string, file: string): Promise<Sight> {
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const counts = (await readFile(`/sys/block/${basename(path)}/stat`, 'latin1')).trim().split(/\s+/);
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(` ${path} `));
  return {
    sha256: digest,
    // Sectors written and discarded (kernel documentation: block/stat); what was written before the test counts too.
    written: `${counts[6]} ${counts[13]}`,
    mounts: mounts.join('\n'),
  };
}
