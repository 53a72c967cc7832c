import { open } from 'node:fs/promises';
import { type DigestedImage, digestImage } from './digested-image.ts';
import { HashThread } from './hash-thread.ts';

/** Reads a raw image file from its first byte to its last. CANCELLED. */
export async function digestRawImage(path: string, signal: AbortSignal | undefined): Promise<DigestedImage> {
  const handle = await open(path, 'r');
  const thread = new HashThread();
  try {
    return await digestImage(handle, { thread, signal });
  } finally {
    await thread.close();
    await handle.close();
  }
}
