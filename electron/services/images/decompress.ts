import { systemErrorCode } from '../durable/system-error.ts';
import { gunzip } from './gunzip.ts';
import { formatUnknown, imageCorrupt, imageTruncated } from './image-problems.ts';
import { unxzWithLibrary } from './unxz-library.ts';
import { unxzWithSystem } from './unxz-system.ts';
import { unzstd } from './unzstd.ts';

/**
 * The raw bytes of a compressed stream. All members, frames or streams of a concatenation are decompressed; an input
 * that ends early, does not check or goes on with something else throws IMAGE_TRUNCATED or IMAGE_CORRUPT, at the
 * latest after the last byte: nothing may be believed before the end was reached. `file` is what messages call it;
 * without an `xzProgram` the WebAssembly library is used, which is slower.
 */
export async function* decompress(
  format: 'gz' | 'xz' | 'zst',
  input: AsyncGenerator<Buffer, void>,
  { file, xzProgram }: { file: string; xzProgram: string | undefined },
): AsyncGenerator<Uint8Array, void> {
  try {
    if (format === 'gz') yield* gunzip(input, file);
    else if (format === 'zst') yield* unzstd(input, file);
    else if (xzProgram === undefined) yield* unxzWithLibrary(input, file);
    else yield* unxzWithSystem(input, { file, xzProgram });
  } catch (error) {
    throw zlibProblem(file, error);
  }
}

/** zlib and zstd name their failures by code (zlib.h, zstd_errors.h); anything else passes through unchanged. */
export function zlibProblem(file: string, error: unknown): unknown {
  const code = systemErrorCode(error) ?? '';
  if (code === 'Z_BUF_ERROR') return imageTruncated(file, 'its compressed data ends too early', error);
  if (code === 'ZSTD_error_frameParameter_windowTooLarge' || code === 'ZSTD_error_memory_allocation') {
    return formatUnknown(file, 'its .zst was packed with a window over 128 MiB (zstd --long=28 or more)');
  }
  if (code.startsWith('ZSTD_error_') || code === 'Z_DATA_ERROR' || code === 'Z_NEED_DICT') {
    return imageCorrupt(file, 'its compressed data does not check', error);
  }
  return error;
}
