import { randomFillSync } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { allocateAligned } from '../../../electron/imaging/aligned-buffer.ts';
import { runTool } from './run-tool.ts';
import { mebibyte } from './settings.ts';

/** Bytes that went through the device since it was made. */
export interface Traffic {
  readonly read: number;
  readonly written: number;
}

export interface LoopDevice {
  /** As in /dev/loop3. */
  readonly path: string;
  readonly size: number;
  /** Whether its backing file is read and written past the cache. */
  readonly directIo: boolean;
  /** As in `7:3`. */
  readonly numbers: string;
  traffic(): Traffic;
  /** Old bytes on every block, never the same twice at one place. */
  fillWithRandom(): Promise<void>;
  detach(): Promise<void>;
}

export async function makeLoopDevice(file: string, size: number): Promise<LoopDevice> {
  await runTool('fallocate', ['-l', String(size), file]);
  const path = (await runTool('losetup', ['-f', '--show', '--direct-io=on', file])).trim();
  const sys = `/sys/block/${basename(path)}`;
  const read = (name: string) => readFileSync(`${sys}/${name}`, 'utf8').trim();
  let rotation = 0;
  return {
    path,
    size,
    directIo: read('loop/dio') === '1',
    numbers: read('dev'),
    traffic() {
      // Documentation/block/stat.rst of the kernel: sectors of 512 bytes in the third and the seventh column.
      const columns = read('stat').split(/\s+/).map(Number);
      return { read: (columns[2] ?? 0) * 512, written: (columns[6] ?? 0) * 512 };
    },
    async fillWithRandom() {
      const noise = allocateAligned(32 * mebibyte);
      randomFillSync(noise);
      const handle = await open(path, constants.O_WRONLY | constants.O_DIRECT);
      try {
        for (let offset = 0; offset < size; ) {
          rotation = (rotation + 4096 * 1021) % (noise.length / 2);
          const length = Math.min(noise.length / 2, size - offset);
          offset += (await handle.write(noise, rotation, length, offset)).bytesWritten;
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    async detach() {
      await runTool('losetup', ['-d', path]);
      await rm(file, { force: true });
    },
  };
}
