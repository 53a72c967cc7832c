import { Readable } from 'node:stream';
import xz from 'xz-decompress';
import { formatUnknown, imageCorrupt, imageTruncated } from './image-problems.ts';

/**
 * .xz by WebAssembly (xz-embedded), where there is no `xz` program. Tried against real files: it checks CRC32 and CRC64,
 * the index and the footer, takes all streams and their padding, notices a cut and anything that follows; it refuses a
 * SHA-256 check and dictionaries over 64 MiB.
 */
export async function* unxzWithLibrary(
  input: AsyncGenerator<Buffer, void>,
  file: string,
): AsyncGenerator<Uint8Array, void> {
  // The library says only that its reader failed; what failed is kept here.
  let inputFailure: { error: unknown } | undefined;
  const kept = async function* (): AsyncGenerator<Buffer, void> {
    try {
      // Copies: a web stream may hold on to several, and the input uses its memory again.
      for await (const chunk of input) yield Buffer.from(chunk);
    } catch (error) {
      inputFailure = { error };
      throw error;
    }
  };
  const stream = new xz.XzReadableStream(
    Readable.toWeb(Readable.from(kept(), { objectMode: false })) as globalThis.ReadableStream<Uint8Array>,
  );
  // Never cancelled before its first answer: the library serialises its contexts, and would keep the turn for ever.
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.length > 0) yield value;
    }
  } catch (error) {
    throw inputFailure?.error ?? libraryProblem(file, error);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The library's message ends in xz-embedded's `enum xz_ret` (linux/include/linux/xz.h). */
function libraryProblem(file: string, error: unknown): unknown {
  const code = error instanceof Error ? /error code (\d+)$/.exec(error.message)?.[1] : undefined;
  switch (code ?? '') {
    case '2':
    case '6':
      return formatUnknown(
        file,
        'its .xz needs a filter or check that only the xz program knows; install xz (xz-utils)',
      );
    case '3':
    case '4':
      return formatUnknown(file, 'its .xz needs a dictionary over 64 MiB; install the xz program (xz-utils)');
    case '5':
      return imageCorrupt(file, 'something else follows the compressed data', error);
    case '7':
      return imageCorrupt(file, 'its compressed data does not check', error);
    case '8':
      return imageTruncated(file, 'its compressed data ends too early', error);
    default:
      return error;
  }
}
