import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BridgeCheck, bridgeCheckSchema } from '../../../../shared/schemas/bridge.ts';
import { makeFolders } from '../../durable/make-folders.ts';
import { isMissing, systemErrorCode } from '../../durable/system-error.ts';
import { createFile } from '../../durable/write-file.ts';
import type { AppFolders } from '../../folders.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';

/**
 * The checks of one lab's bridge that were made on this machine: `<data>/bridge-checks/<lab>/<time>-<id>.json`, a file
 * for each, which is there as a whole or not at all whoever is killed, and whichever processes write at the same time.
 */
export interface CheckHistory {
  /** Errors of the file system are thrown as they are. */
  add(check: BridgeCheck): Promise<void>;
  /** Newest first. A file that is no check is left out. */
  newest(limit: number): Promise<BridgeCheck[]>;
  find(id: string): Promise<BridgeCheck | undefined>;
  /** The newest one that fits, of those after a time (RFC 3339). */
  newestSince(since: string, fits: (check: BridgeCheck) => boolean): Promise<BridgeCheck | undefined>;
}

const kept = 1000;
/** 64 nodes have 4032 directions, of some 200 bytes each. */
const largest = 4 * 2 ** 20;
/** `20261121T143703123Z-<uuid>.json`: their order is that of time. */
const fileName = /^\d{8}T\d{9}Z-(?<id>[0-9a-f-]{36})\.json$/;

export function createCheckHistory({
  lab,
  folders,
}: {
  readonly lab: Pick<LabFolder, 'root'>;
  readonly folders: Pick<AppFolders, 'data'>;
}): CheckHistory {
  const mark = createHash('sha256').update(lab.root).digest('hex').slice(0, 16);
  const folder = join(folders.data, 'bridge-checks', mark);

  async function* newestFirst(): AsyncGenerator<BridgeCheck> {
    for (const name of await names(folder)) {
      const check = await readCheck(join(folder, name));
      if (check !== undefined) yield check;
    }
  }

  return {
    async add(check) {
      await makeFolders(folder, { mode: 0o700 });
      const stamp = new Date(check.at).toISOString().replaceAll(/[-:.]/g, '');
      const file = join(folder, `${stamp}-${check.id}.json`);
      await createFile(file, `${JSON.stringify(check)}\n`, join(folder, `.${check.id}.new`));
      for (const old of (await names(folder)).slice(kept)) await rm(join(folder, old), { force: true });
    },

    async newest(limit) {
      const found: BridgeCheck[] = [];
      if (limit <= 0) return found;
      for await (const check of newestFirst()) if (found.push(check) === limit) break;
      return found;
    },

    async find(id) {
      const name = (await names(folder)).find((one) => fileName.exec(one)?.groups?.['id'] === id);
      return name === undefined ? undefined : readCheck(join(folder, name));
    },

    async newestSince(since, fits) {
      for await (const check of newestFirst()) {
        if (Date.parse(check.at) <= Date.parse(since)) return undefined;
        if (fits(check)) return check;
      }
      return undefined;
    },
  };
}

/** Newest first; none when there is no folder. */
async function names(folder: string): Promise<string[]> {
  try {
    const found = await readdir(folder);
    return found
      .filter((name) => fileName.test(name))
      .toSorted()
      .toReversed();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** `undefined` for a file that cannot be read, or is no check: one such file must not hide all others. */
async function readCheck(file: string): Promise<BridgeCheck | undefined> {
  try {
    const { size } = await stat(file);
    if (size > largest) return undefined;
    return bridgeCheckSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) !== undefined) return undefined;
    throw error;
  }
}
