import { isAbsolute } from 'node:path';
import { access, constants, stat } from 'node:fs/promises';
import type { ImageState } from '../../../shared/contract/images.ts';
import { asProblem, Problem } from '../../../shared/problem.ts';
import type { GoldenImage, Inventory } from '../../../shared/schemas/inventory.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import { onOneLine } from '../lab/plain-text.ts';
import type { ImageCache } from './image-cache.ts';

export interface NewGoldenImage {
  readonly name: string;
  /** A file of the lab, or an absolute path on this machine. */
  readonly file: string;
  readonly bootPartition?: number | undefined;
  readonly rootPartition: number;
  readonly description?: string | undefined;
}

/** The golden images of the lab's inventory, and what of them this machine has. */
export interface GoldenImages {
  list(): Promise<ImageState[]>;
  /** Starts the job that computes the digest, fills the cache, and only then names the image in the inventory. */
  add(image: NewGoldenImage): Promise<{ jobId: string }>;
  /** Reads the cached raw image again; `size` in bytes. */
  verify(
    name: string,
    options: { signal?: AbortSignal },
  ): Promise<{ name: string; rawSha256: string; size: number }>;
}

export function createGoldenImages(parts: {
  lab: LabFolder;
  cache: ImageCache;
  jobs: JobRegistry;
}): GoldenImages {
  const { lab, cache, jobs } = parts;

  return {
    async list() {
      const { value: inventory } = await lab.inventory();
      const states: ImageState[] = [];
      for (const [name, image] of Object.entries(inventory.images)) {
        const classes = Object.entries(inventory.classes)
          .filter(([, nodeClass]) => nodeClass.image === name)
          .map(([className]) => className);
        states.push(await stateOf(name, image, classes));
      }
      return states;
    },

    async add(image) {
      const inventory = await lab.inventory();
      const known = imageNamed(inventory.value, image.name);
      const file = await fileOf(lab, image.file);
      return {
        jobId: await jobs.start({
          kind: 'image-add',
          title: `Add golden image ${image.name}`,
          subject: file,
          ifCutOff:
            'The inventory does not name the image. The cache may hold an unfinished file, which is never used.',
          steps: [
            { id: 'digest', label: 'Compute the SHA-256 of the file', unit: 'bytes', weight: 1 },
            { id: 'unpack', label: 'Unpack into the cache', unit: 'bytes', weight: 4 },
          ],
          async run({ signal, report }) {
            const progress = (step: string) => (done: number, total: number) =>
              report.progress({ step, done, total });
            const sha256 = await cache.digestFile(file, { signal, onProgress: progress('digest') });
            const entry: GoldenImage = {
              file: image.file,
              sha256,
              description: image.description ?? known?.description ?? '',
              rootPartition: image.rootPartition,
              bootMount: known?.bootMount ?? '/boot/firmware',
              ...(image.bootPartition === undefined ? {} : { bootPartition: image.bootPartition }),
            };
            const cached = await cache.ensure(entry, { file, signal, onProgress: progress('unpack') });
            signal.throwIfAborted();
            await lab.set({
              file: inventory.file,
              pointer: `/images/${image.name}`,
              value: entry,
              reason: `Golden image ${image.name} ${known ? 'replaced' : 'added'}`,
            });
            return { kind: 'image', name: image.name, rawSha256: cached.rawSha256, size: cached.size };
          },
        }),
      };
    },

    async verify(name, options) {
      const { value: inventory, file } = await lab.inventory();
      const image = imageNamed(inventory, name);
      if (!image) {
        throw new Problem('IMAGE_UNKNOWN', {
          what: `The inventory has no golden image ${name}.`,
          state: 'Nothing was read.',
          next: 'Choose one that `sifaka images list` shows, or add it with `sifaka images add`.',
          where: { file },
        });
      }
      const cached = await cache.verify(image.sha256, options);
      return { name, rawSha256: cached.rawSha256, size: cached.size };
    },
  };

  async function stateOf(name: string, image: GoldenImage, classes: string[]): Promise<ImageState> {
    const known = {
      name,
      file: image.file,
      fileSha256: image.sha256,
      description: image.description,
      classes,
    };
    const cached = await cache.find(image.sha256);
    if (cached) return { ...known, state: 'cached', rawSha256: cached.rawSha256, size: cached.size };
    return { ...known, state: (await isThere(lab, image.file)) ? 'available' : 'missing' };
  }
}

function imageNamed(inventory: Inventory, name: string): GoldenImage | undefined {
  return Object.hasOwn(inventory.images, name) ? inventory.images[name] : undefined;
}

/** The absolute path of an image file; a relative one may not leave the lab. */
async function fileOf(lab: LabFolder, file: string): Promise<string> {
  if (!isAbsolute(file)) return lab.resolve(file);
  let isFile: boolean;
  try {
    isFile = (await stat(file)).isFile();
    await access(file, constants.R_OK);
  } catch (error) {
    throw new Problem(
      'IMAGE_FILE_MISSING',
      {
        what: `The image file ${file} is not there or cannot be read.`,
        state: 'Nothing was changed.',
        next: 'Put the file there, or name the one you mean.',
      },
      { cause: error },
    );
  }
  if (!isFile) {
    throw new Problem('IMAGE_FILE_MISSING', {
      what: `${onOneLine(file)} is a folder or a device, not an image file.`,
      state: 'Nothing was changed.',
      next: 'Name a regular file. The image on a card or another device must be copied into a file first.',
    });
  }
  return file;
}

async function isThere(lab: LabFolder, file: string): Promise<boolean> {
  try {
    await fileOf(lab, file);
    return true;
  } catch (error) {
    if (asProblem(error)) return false;
    throw error;
  }
}
