import { describe, expect, it } from 'vitest';
import { FileSource } from '../../../electron/imaging/file-source.ts';

describe.skipIf(process.platform !== 'linux')('a raw image on a disk that cannot read it', () => {
  it('is the one to blame, in words', () => {
    // Nothing is mapped at address 0: the kernel answers EIO (proc_pid_mem(5)).
    const source = FileSource.open('/proc/self/mem');
    try {
      expect(() => source.read(new Uint8Array(16), 0)).toThrow(
        expect.objectContaining({ code: 'IMAGE_CORRUPT' }),
      );
    } finally {
      source.close();
    }
  });

  it('but a mistake of ours is none of its faults', () => {
    const source = FileSource.open('/proc/self/mem');
    source.close();
    expect(() => source.read(new Uint8Array(16), 0)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});
