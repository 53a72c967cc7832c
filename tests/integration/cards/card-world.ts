import { randomFillSync } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCardService, type CardService } from '../../../electron/services/cards/card-service.ts';
import type { Clock } from '../../../electron/services/clock.ts';
import { createTargets } from '../../../electron/services/drives/create-targets.ts';
import { createDriveWriter } from '../../../electron/services/drives/create-drive-writer.ts';
import {
  createWriterLauncher,
  type WriterLauncher,
} from '../../../electron/services/drives/launch/writer-launcher.ts';
import type { Drives } from '../../../electron/services/drives/drives.ts';
import type { Targets } from '../../../electron/services/drives/targets.ts';
import { createImageCache } from '../../../electron/services/images/create-image-cache.ts';
import type { ImageCache } from '../../../electron/services/images/image-cache.ts';
import { createJobRegistry } from '../../../electron/services/jobs/create-job-registry.ts';
import type { JobRegistry } from '../../../electron/services/jobs/job-registry.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import type { LabFolder } from '../../../electron/services/lab/lab-folder.ts';
import { createSecretStore } from '../../../electron/services/secrets/create-secret-store.ts';
import type { SecretStore } from '../../../electron/services/secrets/secret-store.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';

export const demoLab = fileURLToPath(new URL('../../../resources/demo-lab/', import.meta.url));

const builtWriter = fileURLToPath(new URL('../../../out/writer/writer.mjs', import.meta.url));

/** Text that is nowhere by chance. */
export const planted = {
  'k3s-token': 'K10planted5f0e3c::server:token-MARKER-7d81c2',
  'titan-13-node-password': 'planted-node-password-MARKER-44b0aa',
  'aye-password': '$6$plantedsalt$MARKERhashMARKERhash0123456789abcdefghijklmnop',
};

/** The real services over a copy of the demo lab, below one temporary folder. */
export interface CardWorld {
  readonly folder: string;
  readonly labFolder: string;
  readonly folders: { cache: string; state: string; data: string; config: string };
  readonly lab: LabFolder;
  readonly secrets: SecretStore;
  readonly images: ImageCache;
  readonly targets: Targets;
  readonly jobs: JobRegistry;
  readonly cards: CardService;
  /** What went to the log. */
  readonly log: string[];
  readonly clock: Clock & { set(time: Date): void };
  /** A file of random bytes below the world's folder; answers its path. */
  randomFile(name: string, size: number): string;
  editInventory(change: (text: string) => string): void;
  close(): Promise<void>;
}

interface Wrappable {
  readonly targets: Targets;
  readonly secrets: SecretStore;
}

export async function createCardWorld(
  options: {
    /** An image cache that several worlds share; without it the world has its own. */
    imageCache?: string;
    /** The drives of the machine; none unless told. */
    drives?: Pick<Drives, 'list'>;
    /** Starts the elevated writer; unless told, the one that `npm run build` made. */
    launcher?: WriterLauncher;
    /** Puts something of the test's own before a service. */
    wrap?: (parts: Wrappable) => Partial<Wrappable>;
  } = {},
): Promise<CardWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'sifaka-cards-'));
  const labFolder = join(folder, 'lab');
  cpSync(demoLab, labFolder, { recursive: true });
  const folders = {
    cache: join(folder, 'cache'),
    state: join(folder, 'state'),
    data: join(folder, 'data'),
    config: join(folder, 'config'),
  };
  for (const path of Object.values(folders)) mkdirSync(path);
  let fixed: Date | undefined;
  const clock = {
    now: () => fixed ?? new Date(),
    set(time: Date) {
      fixed = time;
    },
  };
  const log: string[] = [];
  const lab = await openLabFolder({ root: labFolder, clock });
  const secrets = createSecretStore({ lab, folders });
  await secrets.createIdentity({});
  for (const [name, value] of Object.entries(planted)) {
    await secrets.seal(name, new TextEncoder().encode(`${value}\n`), { replace: false });
  }
  const images = createImageCache({ folder: options.imageCache ?? join(folders.cache, 'images') });
  const targets = createTargets({
    folder: join(folders.data, 'drives'),
    protectedPaths: [labFolder, ...Object.values(folders)],
    drives: options.drives ?? { list: () => Promise.resolve([]) },
  });
  const jobs = createJobRegistry({
    folder: folders.state,
    clock,
    log: { line: (text) => void log.push(text) },
  });
  const driveWriter = createDriveWriter(
    options.launcher ??
      createWriterLauncher({ node: process.execPath, script: builtWriter, helper: undefined }),
  );
  const wrapped = { targets, secrets, ...options.wrap?.({ targets, secrets }) };
  const cards = createCardService({
    ...wrapped,
    driveWriter,
    lab,
    images,
    jobs,
    folders,
    clock,
    version: '0.0.0-test',
  });
  return {
    folder,
    labFolder,
    folders,
    lab,
    secrets,
    images,
    targets,
    jobs,
    cards,
    log,
    clock,
    randomFile(name, size) {
      const path = join(folder, name);
      writeFileSync(path, randomFillSync(Buffer.alloc(size)));
      return path;
    },
    editInventory(change) {
      const file = join(labFolder, 'metis/inventory.yaml');
      const before = readFileSync(file, 'utf8');
      const after = change(before);
      if (after === before) throw new Error('the inventory was not changed');
      writeFileSync(file, after);
    },
    async close() {
      await jobs.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Follows a job to its end and answers all its events. */
export async function finish(jobs: JobRegistry, jobId: string): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  for await (const event of jobs.follow(jobId, {})) events.push(event);
  return events;
}

export function ending(events: readonly JobEvent[]): Extract<JobEvent, { type: 'ended' }> {
  const last = events.at(-1);
  if (last?.type !== 'ended') throw new Error('the job has no end');
  return last;
}

/** Every file below a folder, absolute. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Every place of a needle in a file. */
export function placesOf(path: string, needle: string): number[] {
  const bytes = readFileSync(path);
  const places: number[] = [];
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) places.push(at);
  return places;
}
