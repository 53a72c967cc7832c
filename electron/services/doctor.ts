import { randomUUID } from 'node:crypto';
import { open, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import zlib from 'node:zlib';
import type { Capability } from '../../shared/contract/session.ts';
import { asProblem } from '../../shared/problem.ts';
import { createFileTarget } from '../imaging/file-target.ts';
import { appFolderProblem } from './app-folders.ts';
import { describeLaunch } from './drives/launch/describe-launch.ts';
import type { AppFolders } from './folders.ts';
import { findXzProgram } from './images/unxz-system.ts';
import type { LabFolder } from './lab/lab-folder.ts';
import type { SecretStore } from './secrets/secret-store.ts';
import { findWindowProgram } from './window-program.ts';

export interface DoctorParts {
  readonly folders: AppFolders;
  readonly secrets: Pick<SecretStore, 'identityState'>;
  /** `undefined` when none was opened. */
  readonly lab: Pick<LabFolder, 'state'> | undefined;
  /** What came with this program. */
  readonly resources: string | undefined;
}

type Finding = Pick<Capability, 'ok' | 'detail'>;

/** An unpacked golden image of the usual size, with room to spare. */
const comfortableCacheBytes = 8 * 2 ** 30;
const oldestNode = 24;

/** Looks at this machine, by trying: nothing is said to work that was not seen to. Leaves nothing behind. */
export function createDoctor(parts: DoctorParts): () => Promise<Capability[]> {
  const { folders } = parts;
  return () =>
    Promise.all([
      check('node', 'Node.js', true, nodeVersion),
      check('folders', 'Folders of the app', true, () => writableFolders(folders)),
      check('lab', 'Lab', false, () => labState(parts.lab)),
      check(
        'identity',
        'Identity for secrets',
        false,
        async () => identityFindings[await parts.secrets.identityState()],
      ),
      check('zstd', 'Images as .zst', true, zstdSupport),
      check('formats', 'Images as .gz, .zip and raw', true, () =>
        found(true, 'Read by the program itself; no other is needed.'),
      ),
      check('xz', 'Images as .xz', true, xzPath),
      check('cache-space', 'Room for unpacked images', true, () => cacheSpace(folders.cache)),
      check('direct-io', 'Reading back past the cache', false, () => directReads(folders.data)),
      check('electron', 'Window of its own', false, () => findWindowProgram(parts.resources)),
      check('drives', 'Real drives', false, describeLaunch),
    ]);
}

async function check(
  id: string,
  label: string,
  required: boolean,
  look: () => Promise<Finding> | Finding,
): Promise<Capability> {
  try {
    return { id, label, required, ...(await look()) };
  } catch (error) {
    const problem = asProblem(error);
    const detail = problem ? `${problem.data.what} ${problem.data.next}` : 'Could not be found out.';
    return { id, label, required, ok: false, detail };
  }
}

function found(ok: boolean, detail: string): Finding {
  return { ok, detail };
}

function nodeVersion(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= oldestNode;
  const next = ok ? '' : ` Node.js ${oldestNode} is needed; \`npm install\` in the checkout brings it.`;
  return found(ok, `${process.versions.node}.${next}`);
}

async function writableFolders(folders: AppFolders): Promise<Finding> {
  for (const folder of Object.values(folders)) {
    const probe = join(folder, `.probe-${randomUUID()}`);
    try {
      await (await open(probe, 'wx', 0o600)).close();
      await rm(probe);
    } catch (error) {
      throw await appFolderProblem(folder, error);
    }
  }
  return found(
    true,
    `Written to: ${[...new Set(Object.values(folders).map((folder) => dirname(folder)))].join(', ')}.`,
  );
}

async function labState(lab: DoctorParts['lab']): Promise<Finding> {
  if (!lab) return found(false, 'None is open. Name one with --lab DIR, or make one: `sifaka lab demo DIR`.');
  const state = await lab.state();
  if (state.writable) return found(true, `${state.path} can be read and written.`);
  return found(
    false,
    `${state.path} is open for reading only: ${state.readOnlyReason ?? 'it cannot be written'}`,
  );
}

const identityFindings = {
  none: found(false, 'There is none yet: `sifaka secrets init` makes one. Cards with secrets need it.'),
  locked: found(true, 'There is one; it is opened with its passphrase when it is needed.'),
  ready: found(true, 'There is one, and it is open.'),
} as const;

function zstdSupport(): Finding {
  if (typeof zlib.zstdDecompressSync !== 'function') return found(false, 'This Node.js has no zstd.');
  const text = Buffer.from('sifaka');
  return found(
    zlib.zstdDecompressSync(zlib.zstdCompressSync(text)).equals(text),
    'Unpacked by Node.js, the fastest way.',
  );
}

async function xzPath(): Promise<Finding> {
  return (await findXzProgram()) === undefined
    ? found(
        true,
        'Unpacked by a library, several times slower than the `xz` program: install xz-utils, or use .zst.',
      )
    : found(true, 'Unpacked by the `xz` program of this machine.');
}

async function cacheSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const words = `${(free / 2 ** 30).toFixed(1)} GiB free in ${folder}.`;
  return free >= comfortableCacheBytes
    ? found(true, words)
    : found(
        free > 2 ** 30,
        `${words} An unpacked golden image can take several; SIFAKA_HOME moves the cache.`,
      );
}

async function directReads(folder: string): Promise<Finding> {
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    const target = await createFileTarget(probe, { mode: 'create', size: 4096 });
    const { readsMedium } = target;
    await target.close();
    return readsMedium
      ? found(true, 'What is verified is read from the disk, not from memory.')
      : found(false, `${folder} does not offer it: what is verified there may come from memory.`);
  } finally {
    await rm(probe, { force: true });
  }
}
