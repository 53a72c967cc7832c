import { allocateAligned } from '../imaging/aligned-buffer.ts';

/**
 * Stands in the writer's bundle for `@ronomon/direct-io`, which etcher-sdk takes its aligned memory from and which has to
 * be compiled. Memory of WebAssembly starts on a page, which is all that its block devices need of it on Linux.
 */
export function getAlignedBuffer(size: number, alignment: number): Buffer {
  if (alignment > 65536) throw new RangeError(`memory aligned to ${alignment} bytes`);
  return allocateAligned(size);
}

/** Exclusive access is O_EXCL on Linux; the flags of macOS and Windows are never used here. */
export const O_EXLOCK = 0;

export function setF_NOCACHE(): never {
  throw new Error('there is no F_NOCACHE on this system');
}
