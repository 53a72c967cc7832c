import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { asProblem } from '../../../shared/problem.ts';
import type { Target } from '../../../shared/schemas/card.ts';
import { plainNameSchema } from '../../../shared/schemas/names.ts';
import { makeFolders } from '../durable/make-folders.ts';
import { syncFolder } from '../durable/sync-folder.ts';
import { systemErrorCode } from '../durable/system-error.ts';
import { fillNewFile } from '../durable/write-file.ts';
import { chosenDrive } from './chosen-drive.ts';
import type { Drives } from './drives.ts';
import { inspectFile, realPathOf } from './inspect-file.ts';
import { inspectNewFile, openNewFile } from './new-file-target.ts';
import { openInPlace, openPlanned } from './open-target.ts';
import { checkIsShown, checkPathText, checkPlace } from './target-path.ts';
import { inWords, refused } from './target-problems.ts';
import type { Targets } from './targets.ts';

const imageSuffix = '.img';

/** Virtual drives and image files; real drives come behind the same interface. */
export function createTargets(ports: {
  /** Of the virtual drives, `<name>.img` each; absolute. Made when the first drive is. */
  folder: string;
  /** Nothing in these may be a target: the lab, the app's own folders. The virtual drives may lie in one of them. */
  protectedPaths: readonly string[];
  drives: Pick<Drives, 'list'>;
}): Targets {
  const { folder, protectedPaths, drives } = ports;

  /** Canonical, also when the drives' folder is a link to a larger disk. */
  async function driveFile(name: string): Promise<string> {
    return join(await realPathOf(folder), `${name}${imageSuffix}`);
  }

  async function inspectVirtual(name: string): Promise<Target> {
    checkName(name);
    try {
      return await inspectFile('virtual-drive', await driveFile(name));
    } catch (error) {
      if (asProblem(error)?.code !== 'TARGET_MISSING') throw error;
      throw refused(
        'TARGET_MISSING',
        `There is no virtual drive “${name}”.`,
        'Choose one of the list, or make it first.',
        error,
      );
    }
  }

  async function inspectExisting(path: string): Promise<Target> {
    const real = await realPathOf(path);
    const name = await driveName(real);
    if (name !== undefined) return inspectVirtual(name);
    await checkPlace(real, [folder, ...protectedPaths]);
    return inspectFile('existing-file', real);
  }

  /** The drive a file is, so that one file is never two targets. */
  async function driveName(real: string): Promise<string | undefined> {
    const name = real.endsWith(imageSuffix) ? real.slice(dirname(real).length + 1, -imageSuffix.length) : '';
    if (!plainNameSchema.safeParse(name).success) return undefined;
    const file = await driveFile(name).catch(() => undefined);
    return file === real ? name : undefined;
  }

  return {
    async list() {
      let names: string[];
      try {
        names = await readdir(folder);
      } catch (error) {
        if (systemErrorCode(error) === 'ENOENT') return [];
        throw inWords(folder, error);
      }
      const found = names
        .filter((name) => name.endsWith(imageSuffix))
        .map((name) => name.slice(0, -imageSuffix.length))
        .filter((name) => plainNameSchema.safeParse(name).success)
        .toSorted();
      const targets: Target[] = [];
      for (const name of found) {
        try {
          targets.push(await inspectVirtual(name));
        } catch (error) {
          // Removed meanwhile, a link, or not ours to open: nothing a card can be written onto.
          if (!asProblem(error)) throw error;
        }
      }
      return targets;
    },

    async createVirtual(name, size) {
      checkName(name);
      try {
        await makeFolders(folder, { mode: 0o700 });
        const file = await driveFile(name);
        await createSparse(file, size);
        await syncFolder(dirname(file));
      } catch (error) {
        throw inWords(join(folder, `${name}${imageSuffix}`), error);
      }
      return inspectVirtual(name);
    },

    async inspect(request, size) {
      if (request.kind === 'virtual-drive') return inspectVirtual(request.name);
      checkIsShown(request.path);
      if (request.kind === 'drive') return chosenDrive(drives, request);
      checkPathText(request.path);
      const path = resolve(request.path);
      return request.kind === 'existing-file'
        ? inspectExisting(path)
        : inspectNewFile(path, size, [folder, ...protectedPaths]);
    },

    async openForWriting(target) {
      if (target.kind !== 'new-file') return openInPlace(target);
      checkPathText(target.path);
      const now = await inspectNewFile(target.path, target.size, [folder, ...protectedPaths]);
      if (now.path === target.path) return openNewFile(target);
      throw refused(
        'TARGET_CHANGED',
        `The folder of ${target.path} is now a link to somewhere else.`,
        'Look at the target and make a new plan.',
      );
    },

    openForReading: (target) => openPlanned(target, 'read'),
  };
}

function checkName(name: string): void {
  const parsed = plainNameSchema.safeParse(name);
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  throw refused(
    'TARGET_NAME_INVALID',
    `A virtual drive cannot have this name: ${issue?.message}.`,
    'Choose a name as in “sd-1”.',
  );
}

/** Takes no room until it is written to, where the file system can do that. */
async function createSparse(file: string, size: number): Promise<void> {
  try {
    await fillNewFile(file, (handle) => handle.truncate(size));
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    throw refused('TARGET_EXISTS', `${file} is there already.`, 'Choose another name or remove it yourself.');
  }
}
