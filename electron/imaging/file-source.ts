import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Problem } from '../../shared/problem.ts';
import type { BlockSource } from './block-source.ts';

/** errno(3): what a disk says that cannot read a part of a file, and a server that is gone. */
const unreadable: ReadonlySet<unknown> = new Set([
  'EIO',
  'EREMOTEIO',
  'EBADMSG',
  'EUCLEAN',
  'ESTALE',
  'ETIMEDOUT',
]);

/** A raw image file, opened for reading; its size is fixed when it is opened. */
export class FileSource implements BlockSource {
  readonly size: number;
  readonly #descriptor: number;
  #open = true;

  private constructor(descriptor: number, size: number) {
    this.#descriptor = descriptor;
    this.size = size;
  }

  /** IMAGE_FILE_MISSING when it is not there, not readable or no regular file. */
  static open(path: string): FileSource {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch (error) {
      throw missing('The raw image cannot be opened.', error);
    }
    return FileSource.fromDescriptor(descriptor);
  }

  /** A descriptor that is open for reading already, which is closed with the source. IMAGE_FILE_MISSING. */
  static fromDescriptor(descriptor: number): FileSource {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) {
      closeSync(descriptor);
      throw missing('The raw image is not a regular file.');
    }
    return new FileSource(descriptor, stats.size);
  }

  read(buffer: Uint8Array, offset: number): void {
    let done = 0;
    while (done < buffer.length) {
      const length = this.#readSome(buffer.subarray(done), offset + done);
      if (length === 0) {
        throw new Problem('IMAGE_TRUNCATED', {
          what: `The raw image ends at byte ${offset + done}, before what was to be read.`,
          state: 'The image file is incomplete or was changed while it was read.',
          next: 'Check the image with `sifaka images verify` and get it again.',
        });
      }
      done += length;
    }
  }

  #readSome(buffer: Uint8Array, offset: number): number {
    try {
      return readSync(this.#descriptor, buffer, 0, buffer.length, offset);
    } catch (error) {
      const failed = error instanceof Error && 'code' in error && unreadable.has(error.code);
      throw failed ? corrupt(offset, error) : error;
    }
  }

  close(): void {
    if (this.#open) closeSync(this.#descriptor);
    this.#open = false;
  }
}

function corrupt(offset: number, cause: unknown): Problem {
  return new Problem(
    'IMAGE_CORRUPT',
    {
      what: `The raw image cannot be read at byte ${offset}: the disk it is on reports an error.`,
      state: 'Nothing was written.',
      next: 'Check that disk, and have the image read from its file again with `sifaka images verify`.',
    },
    { cause },
  );
}

function missing(what: string, cause?: unknown): Problem {
  return new Problem(
    'IMAGE_FILE_MISSING',
    { what, state: 'Nothing was written.', next: 'Add the golden image again with `sifaka images add`.' },
    { cause },
  );
}
