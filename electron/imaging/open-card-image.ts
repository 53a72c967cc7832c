import type { BlockSource } from './block-source.ts';
import type { CardImage, ImageFacts } from './card-image.ts';

export interface OpenCardImageOptions {
  /** Bytes the changes may take in memory before they are refused with INJECTION_TOO_LARGE; 512 MiB unless told. */
  readonly deltaLimit?: number;
}

/**
 * Opens a golden image for reading and for changes that never touch it. A path is a raw image file, closed again by
 * `close()`. IMAGE_FILE_MISSING, IMAGE_TRUNCATED, IMAGE_LAYOUT_UNSUPPORTED.
 */
export function openCardImage(
  _source: string | BlockSource,
  _options: OpenCardImageOptions = {},
): Promise<CardImage> {
  throw new Error('not built yet');
}

/** Partitions and blocks in use of a raw image file; reads it only. Refusals as for {@link openCardImage}. */
export function readImageFacts(_path: string): Promise<ImageFacts> {
  throw new Error('not built yet');
}
