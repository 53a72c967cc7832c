import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cancelled } from '../../shared/problem.ts';
import type { CardPlan } from '../../shared/schemas/card.ts';
import { FileSource } from '../imaging/file-source.ts';
import { isLocalFilePath } from '../services/drives/launch/local-path.ts';
import { planChanged } from './misunderstood.ts';

const stretch = 4 * 2 ** 20;

/**
 * Opens the golden image by a path that was told, which the writer does nowhere else: only a file of this machine, through
 * no link, and only when all of it has the digest of the plan. So an administrator's rights are lent to nobody for a file
 * whose content is not known to whoever asks. PLAN_CHANGED, IMAGE_FILE_MISSING, CANCELLED.
 */
export async function openNamedImage(
  path: string | undefined,
  image: CardPlan['image'],
  signal: AbortSignal,
): Promise<FileSource> {
  if (path === undefined || !isLocalFilePath(path)) throw anotherImage();
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (!(await about(folder)).isDirectory()) throw anotherImage();
  }
  const checked = await about(path);
  if (!checked.isFile()) throw anotherImage();
  const descriptor = openSync(path, 'r');
  const opened = fstatSync(descriptor, { bigint: true });
  if (opened.ino !== checked.ino || opened.dev !== checked.dev || opened.size !== BigInt(image.size)) {
    closeSync(descriptor);
    throw anotherImage();
  }
  const source = FileSource.fromDescriptor(descriptor);
  try {
    await checkDigest(source, image.rawSha256, signal);
    return source;
  } catch (error) {
    source.close();
    throw error;
  }
}

async function checkDigest(source: FileSource, wanted: string, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(stretch);
  for (let at = 0; at < source.size; at += stretch) {
    if (signal.aborted) throw cancelled('Nothing was written.');
    const part = buffer.subarray(0, Math.min(stretch, source.size - at));
    source.read(part, at);
    hash.update(part);
    // Reading is synchronous: the app's word is heard between two stretches.
    await new Promise((heard) => {
      setImmediate(heard);
    });
  }
  if (hash.digest('hex') !== wanted) throw anotherImage();
}

/** Without following links; Windows' junctions are links to Node, too. */
async function about(path: string) {
  try {
    return await lstat(path, { bigint: true });
  } catch {
    throw anotherImage();
  }
}

function anotherImage() {
  return planChanged('The golden image is not where it was, or not the one that the plan names.');
}
